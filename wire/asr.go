package wire

// SliceType says how final a recognised text is.
type SliceType int

// Slice types, in the order in which they come. A short sentence may come with
// the last one alone.
const (
	SliceBegin   SliceType = 0 // a sentence begins; its text is not stable
	SliceInterim SliceType = 1 // its text has changed
	SliceFinal   SliceType = 2 // its text is final
)

// ASR is the payload of asr.
type ASR struct {
	SessionID string    `json:"sessionId"`
	Result    ASRResult `json:"result"`
	Flow      Flow      `json:"flow"`
}

// Flow is whose words were recognised.
type Flow string

// The flows of a session.
const (
	FlowIn  Flow = "IN"  // the customer
	FlowOut Flow = "OUT" // the agent
)

// ASRResult is what a recogniser has made of one sentence so far. Times are
// milliseconds since the conversation began.
type ASRResult struct {
	SliceType SliceType `json:"slice_type"`
	Index     int       `json:"index"` // of the sentence in its flow, from 0
	StartTime int       `json:"start_time"`
	EndTime   int       `json:"end_time"`
	Text      string    `json:"voice_text_str"`
	WordSize  int       `json:"word_size"`
	Words     []ASRWord `json:"word_list"`
}

// ASRWord is one word of a final sentence.
type ASRWord struct {
	Word       string `json:"word"`
	StartTime  int    `json:"start_time"`
	EndTime    int    `json:"end_time"`
	StableFlag int    `json:"stable_flag"` // 1: it will not change any more
}
