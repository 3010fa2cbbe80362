package ui

import "strings"

// LangOf is the language of a tag: BCP 47 and what is written in its place, such
// as "zh_CN.UTF-8", "cmn" and "ZH". ok is false for any other language and for
// what is no tag at all; the language is then English.
func LangOf(tag string) (lang Lang, ok bool) {
	tag = strings.ToLower(strings.TrimSpace(tag))
	if end := strings.IndexAny(tag, "-_.@"); end >= 0 {
		if subtags := tag[end:]; tag[:end] == "i" && strings.Contains(chineseOf, " "+subtags[1:]+" ") {
			return Chinese, true // i-hak, of RFC 1766
		}
		tag = tag[:end]
	}
	switch {
	case tag == "" || strings.Contains(tag, " "):
		return English, false
	case strings.Contains(chineseOf, " "+tag+" "):
		return Chinese, true
	}
	return English, tag == "en" || tag == "eng"
}

// chineseOf are the codes of Chinese and of the languages within it (ISO 639-3).
const chineseOf = " zh zho chi cmn yue wuu hak nan hsn gan cdo cjy cnp cpx csp czh czo mnp lzh "

// Choose gives the language of the interface: the one that was asked for; that
// of the page if it is Chinese, as nobody writes that by mistake, while
// templates come with lang="en"; the first one of the browser's that there is.
func Choose(asked, page string, browser []string) Lang {
	if lang, ok := LangOf(asked); ok {
		return lang
	}
	if lang, _ := LangOf(page); lang == Chinese {
		return Chinese
	}
	for _, tag := range browser {
		if lang, ok := LangOf(tag); ok {
			return lang
		}
	}
	return English
}
