# Thin on purpose: the work is in internal/build.
BUILD = go run ./internal/build

.PHONY: run build test bench bench-peers fuzz soak torture pages screenshots dist clean

run: build ## build everything and start the gateway in the foreground
	bin/tccc serve

build: ## browser program, shell and gateway
	$(BUILD) wasm
	$(BUILD) gateway

test: ## everything that CI runs
	$(BUILD) test

bench: build ## sizes, start, call set-up, CPU
	go test -count=1 -run='^$$' -bench=. -benchtime=1x -timeout=60m ./test/bench

PEERCALLS = 30
bench-peers: build ## the same calls through Janus and through this, side by side; skips where Janus cannot be installed
	-$(BUILD) peers
	go test -count=1 -run='^$$' -bench=Peers -benchtime=1x -timeout=30m ./test/bench -peers -peercalls $(PEERCALLS)

FUZZTIME = 1h
fuzz: ## every parser for an hour, one after the other; FUZZTIME=10s is a short run
	$(BUILD) fuzz -time $(FUZZTIME)

pages: build ## the whole way in every page of docs/frameworks.md
	go test -count=1 -v -timeout=30m ./test/pages -run TestTheWholeWay -all

SOAKTIME = 8h
soak: build ## an agent's day: calls, chats and reloads, and whether anything grows; SOAKTIME=1h is a short one
	go test -count=1 -v -timeout=0 ./test/soak -soak $(SOAKTIME)

TORTURETIME = 30m
torture: ## a cluster whose nodes die, sleep and lose each other again and again; TORTURETIME=5m is a short run
	go test -count=1 -v -timeout=0 ./gateway/cluster -torture $(TORTURETIME)

screenshots: ## the pictures of docs/images
	$(BUILD) screenshots

dist: ## release archives
	$(BUILD) dist

clean: ## what was built, and the data of make run
	rm -rf bin dist data .cache test/out
	find web/dist -mindepth 1 ! -name .gitkeep -delete
