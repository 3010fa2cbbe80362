package ui

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLanguageTags(t *testing.T) {
	for _, tag := range []string{
		"zh", "ZH", "zh-CN", "zh_CN", "zh-Hant", "zh-Hans-CN", "zh-TW", "zh_CN.UTF-8", "zh@pinyin", "cmn",
		"cmn-Hans-CN", "yue", "yue-HK", "zho", "chi", "nan-TW", "i-hak", " zh-cn ",
	} {
		lang, ok := LangOf(tag)
		assert.Equal(t, Chinese, lang, tag)
		assert.True(t, ok, tag)
	}
	for _, tag := range []string{"en", "EN", "en-GB", "en_US", "eng", "en-US-x-twain"} {
		lang, ok := LangOf(tag)
		assert.Equal(t, English, lang, tag)
		assert.True(t, ok, tag)
	}
	for _, tag := range []string{"", " ", "de", "fr-CH", "zha", "zhuang", "english please", "i-klingon", "x-zh", "C",
		"中文", "e", "-", "zh zh", "undefined", "null"} {
		lang, ok := LangOf(tag)
		assert.Equal(t, English, lang, tag)
		assert.False(t, ok, tag)
	}
}

func TestChoiceOfLanguage(t *testing.T) {
	for _, c := range []struct {
		asked, page string
		browser     []string
		want        Lang
		why         string
	}{
		{"", "en", []string{"zh-CN", "en"}, Chinese, "a template page of Chinese agents"},
		{"", "en-US", []string{"de", "zh_TW"}, Chinese, "the first that there is"},
		{"", "zh-CN", []string{"en-US"}, Chinese, "a Chinese page in an English browser"},
		{"", "", []string{"en-GB", "zh"}, English, ""},
		{"", "nonsense", nil, English, ""},
		{"en", "zh-CN", []string{"zh-CN"}, English, "what was asked for wins"},
		{"zh_CN", "en", []string{"en"}, Chinese, "what was asked for wins"},
		{"xx", "en", []string{"zh"}, Chinese, "what cannot be had is as if not asked for"},
	} {
		assert.Equal(t, c.want, Choose(c.asked, c.page, c.browser), "%+v", c)
	}
}
