package main

import (
	"context"
	"fmt"
)

// runScreenshots takes the pictures that the documents show.
func runScreenshots(ctx context.Context, _ []string) error {
	chromium, err := needChromium(ctx)
	if err != nil {
		return err
	}
	if err := command(ctx, "go", "run", "./ui/gallery/shoot", "-docs", "-browser", chromium).Run(); err != nil {
		return fmt.Errorf("failed to take the pictures: %w", err)
	}
	return nil
}
