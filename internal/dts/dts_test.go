package dts

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	f, err := Parse(`
declare const x: x.Global;
declare namespace x {
  /** Of T. */
  type Result<T = {}> = { status: 'success'; data: T } & T;
  type Code =
    | 1 // one
    | 2;
  /**
   * Two
   * lines.
   */
  interface A extends B, C {
    readonly a: string; // not this
    /** Does it. */
    run<K extends keyof E>(event: K, f: (v: E[K]) => void, ...rest: any[]): Promise<Result<{ n: number; s?: 'a;b' }>>;
    last?: { [K in Names]: K };
  }
}`)
	require.NoError(t, err)
	assert.Equal(t, []*Alias{
		{Name: "Result", Params: "T = {}", Doc: "Of T.", Type: "{ status: 'success'; data: T } & T"},
		{Name: "Code", Type: "1 | 2"},
	}, f.Aliases)
	assert.Equal(t, []*Interface{{
		Name: "A", Doc: "Two lines.", Extends: []string{"B", "C"},
		Members: []Member{
			{Name: "a", Type: "string"},
			{Name: "run", Doc: "Does it.", Method: true, Type: "Promise<Result<{ n: number; s?: 'a;b' }>>",
				Params: []Param{{Name: "event", Type: "K"}, {Name: "f", Type: "(v: E[K]) => void"},
					{Name: "...rest", Type: "any[]"}}},
			{Name: "last", Optional: true, Type: "{ [K in Names]: K }"},
		},
	}}, f.Interfaces)
	assert.Equal(t, "A", f.Interface("A").Name)
	assert.Nil(t, f.Interface("B"))
	assert.Nil(t, f.Alias("A"))
	assert.True(t, f.Interface("A").Member("last").Optional)
	assert.Nil(t, f.Interface("A").Member("first"))
}

func TestTypes(t *testing.T) {
	assert.Equal(t, []string{"A", "{ b: C & D }", "(x: E & F) => void"},
		Split("A & { b: C & D } & (x: E & F) => void", "&"))
	assert.Equal(t, []string{"'a'", "'|'"}, Split("| 'a' | '|'", "|"))
	args, ok := Args("Promise<Result<A, B>>", "Promise")
	assert.True(t, ok)
	assert.Equal(t, []string{"Result<A, B>"}, args)
	_, ok = Args("Promised<A>", "Promise")
	assert.False(t, ok)
	fields, err := Fields("{ a?: string; b: { c: number } }")
	require.NoError(t, err)
	assert.Equal(t, []Member{{Name: "a", Optional: true, Type: "string"}, {Name: "b", Type: "{ c: number }"}}, fields)
}

func TestErrorsNameTheLine(t *testing.T) {
	for source, want := range map[string]string{
		"":                               "line 1: no namespace",
		"namespace x {\n  class A {}\n}": "line 2: neither interface nor type",
		"namespace x {\n\ninterface A {\n a b\n}}": `line 4: ":" expected, not "b"`,
		"namespace x { type A = {":                 "line 1: a type without an end",
	} {
		_, err := Parse(source)
		assert.EqualError(t, err, want, source)
	}
}

func TestOwnFile(t *testing.T) {
	text, err := os.ReadFile("../../web/tccc.d.ts")
	require.NoError(t, err)
	f, err := Parse(string(text))
	require.NoError(t, err)
	assert.NotNil(t, f.Interface("Global").Member("on"))
	assert.Equal(t, "Promise<CallResult>", f.Interface("Call").Member("startOutboundCall").Type)
}

func FuzzParse(f *testing.F) {
	f.Add("namespace x { interface A { a?: B<C>; d(e: f): g } }")
	f.Add("namespace x { type A<T> = | 'b' | { c: (d: e) => f } /* */; // \n }")
	f.Fuzz(func(_ *testing.T, source string) {
		_, _ = Parse(source) // an error is fine, a panic or a hang is not
		Split(source, "&")
		_, _ = Args(source, "A")
	})
}
