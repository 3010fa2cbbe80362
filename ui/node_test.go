package ui

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTemplatesDescribeTrees(t *testing.T) {
	inner := el("i")
	n := tree("ul#list.a.b[role=list][title=?](li[key=k?][style:width=?px](%? ?) * li(b(?)) %check)",
		nodes{inner}, "it's [a] (?)", "1", "20", "phone", "text.of(?)", "last")
	assert.Equal(t, "ul", n.Tag)
	assert.Equal(t, "list", n.Key)
	assert.Equal(t, []Attr{{"role", "list"}, {"title", "it's [a] (?)"}, {"class", "a b"}}, n.Attrs)
	if assert.Len(t, n.Children, 4) {
		li := n.Children[0]
		assert.Equal(t, "k1", li.Key)
		assert.Equal(t, []Attr{{"width", "20px"}}, li.Styles)
		assert.Equal(t, "svg", li.Children[0].Tag)
		assert.Equal(t, "text.of(?)", li.Content())
		assert.Same(t, inner, n.Children[1])
		assert.Equal(t, "last", n.Children[2].Content())
		assert.Contains(t, n.Children[3].Attr("class"), "i-check")
	}
}

func TestWordsFillValuesInOrder(t *testing.T) {
	n := el("button[data-arg=?:?][aria-disabled?][data-x?][named=? of ?]", "dial?", "5", "", "there", "1?", "2?")
	assert.Equal(t, []Attr{
		{"data-arg", "dial?:5"}, {"data-x", "there"}, {"aria-label", "1? of 2?"}, {"title", "1? of 2?"},
	}, n.Attrs)
}

func TestNoNodeIsNoChild(t *testing.T) {
	n := tree("p(* ? *)", nodes{nil, nil}, "")
	n.add(nil, nil)
	assert.Equal(t, []*Node{{}}, n.Children, "an empty text is one")
}
