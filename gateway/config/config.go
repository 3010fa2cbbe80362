package config

import (
	"time"

	"tccc/wire"
)

// Config is the whole configuration. Durations are zero where a feature is off.
type Config struct {
	Listen string `yaml:"listen" default:"127.0.0.1:8080"` // HTTP, HOST:PORT; port 0 lets the system choose
	// directory of the embedded store; see [Config.DataDir]
	Data       string `yaml:"data"`
	Demo       bool   `yaml:"demo"`       // the demo's HTTP doors and its phone are there
	ExposeDemo bool   `yaml:"exposeDemo"` // the demo may listen on more than loopback
	// origins of pages that may use the SDK; "*" is every page
	Origins []string `yaml:"origins"`
	// http(s)://HOST[:PORT][/PATH], what SDK URLs begin with; empty: the host of the request
	PublicURL string `yaml:"publicURL"`
	// how long calls may go on after the first signal to stop; 0: they end at once
	Drain time.Duration `yaml:"drain" min:"0" max:"24h"`

	// addresses and networks of reverse proxies that say where a request is from
	TrustedProxies []string `yaml:"trustedProxies"`

	Operators Operators `yaml:"operators"`
	Metrics   Metrics   `yaml:"metrics"`
	Tracing   Tracing   `yaml:"tracing"`

	TLS   TLS   `yaml:"tls"`
	Store Store `yaml:"store"`
	CDR   CDR   `yaml:"cdr"`
	NATS  NATS  `yaml:"nats"`
	Log   Log   `yaml:"log"`
	SIP   SIP   `yaml:"sip"`
	RTC   RTC   `yaml:"rtc"`
	Apps  []App `yaml:"apps"`

	// Warnings are oddities that do not keep the gateway from running, for the log.
	Warnings []string `yaml:"-"`
}

// Operators is who may look at the gateway.
type Operators struct {
	Password Secret `yaml:"password" least:"12"` // of the page /ops; empty: there is no page
}

// Metrics is who reads /metrics.
type Metrics struct {
	// HOST:PORT of a listener for /metrics and /healthz alone; empty: /metrics is at the HTTP port
	Listen string `yaml:"listen"`
	Token  Secret `yaml:"token" least:"16"` // bearer token (RFC 6750) that Prometheus must show; empty: none
}

// Tracing is where traces of sessions go (OpenTelemetry, OTLP over HTTP).
type Tracing struct {
	// http(s) address of the collector, such as http://127.0.0.1:4318/v1/traces; empty: nothing is traced
	Endpoint string `yaml:"endpoint"`
	// value of the Authorization header, if the collector wants one
	Authorization Secret `yaml:"authorization"`
	Percent       int    `yaml:"percent" default:"100" min:"1" max:"100"` // of the sessions that are traced
}

// TLS names the certificate of the HTTP listener; empty: it speaks plain HTTP.
// The files are read again when they change.
type TLS struct {
	Cert string `yaml:"cert"` // PEM file, with the chain
	Key  string `yaml:"key"`  // PEM file
}

// Store bounds what the state may take of the disk.
type Store struct {
	// of the store on disk, without recordings and files; 0: what the disk has
	MaxSize Size `yaml:"maxSize" default:"0" min:"8MB" max:"1000TB"`
	// room on the disk below which no new work is taken, but at most a twentieth of it
	MinFree Size `yaml:"minFree" default:"64MB" min:"1MB" max:"100TB"`
}

// CDR is what becomes of call records.
type CDR struct {
	Retention time.Duration `yaml:"retention" default:"0" min:"0" max:"87600h"` // then records are removed; 0: never
}

// NATS says where the state is kept.
type NATS struct {
	// nats://HOST:PORT[,…] of a server with JetStream; empty: the embedded store
	URL      string `yaml:"url"`
	Replicas int    `yaml:"replicas" default:"1" min:"1" max:"5"` // servers of a cluster that keep each value
}

// Log is how much the gateway says on standard error.
type Log struct {
	Level   string `yaml:"level" default:"info" oneof:"debug info warn error"`
	Numbers string `yaml:"numbers" default:"masked" oneof:"masked full"` // telephone numbers in the log
}

// SIP is the telephone side.
type SIP struct {
	Listen string `yaml:"listen" default:"127.0.0.1:5060"` // UDP and TCP, HOST:PORT
	// HOST or HOST:PORT told to peers; empty: the listening address
	Advertise string `yaml:"advertise"`
	// UDP ports of phone legs; 0: the system chooses
	RTPPorts PortRange `yaml:"rtpPorts" default:"20000-29999"`
	// IP address that phone legs bind to; empty: the host of listen
	RTPAddress string `yaml:"rtpAddress"`
	// a phone leg without packets for so long has ended; 0: never
	MediaTimeout time.Duration `yaml:"mediaTimeout" default:"30s" min:"0" max:"1h"`
	MaxCalls     int           `yaml:"maxCalls" default:"1000" min:"1" max:"100000"` // calls at the same time
	// RFC 4028, at least 90s; 0: off
	SessionTimer time.Duration `yaml:"sessionTimer" default:"30m" min:"0" max:"24h"`
	// calls that speak another codec than G.711; 0: none are taken
	Transcoded int `yaml:"transcoded" default:"100" min:"0" max:"10000"`
	// algorithms that phones and trunks are asked for
	Digest []string `yaml:"digest" default:"SHA-256,MD5" oneof:"SHA-256 MD5"`
	// addresses and networks of load balancers that say who connects
	Proxies []string `yaml:"proxies"`
	TLS     SIPTLS   `yaml:"tls"`
	Phones  Phones   `yaml:"phones"`
	Trunks  []Trunk  `yaml:"trunks"`
}

// Phones is what holds for all desk phones.
type Phones struct {
	// where their media may come from
	RTPLatch string `yaml:"rtpLatch" default:"signalling" oneof:"strict signalling any"`
	// encrypted media, with keys over TLS
	SRTP string `yaml:"srtp" default:"prefer" oneof:"require prefer off"`

	// in the order of preference
	Codecs []string `yaml:"codecs" default:"PCMU,PCMA" oneof:"PCMU PCMA G722 opus" fold:"true"`
}

// SIPTLS is the listener for SIP over TLS. The files are read again when they change.
type SIPTLS struct {
	Listen string `yaml:"listen"` // HOST:PORT, 5061 as a rule; empty: there is none
	Cert   string `yaml:"cert"`   // PEM file, with the chain
	Key    string `yaml:"key"`    // PEM file
}

// TrunkTLS is how a trunk's certificate is checked, with the transport tls.
type TrunkTLS struct {
	CA         string `yaml:"ca"`         // PEM file of the authorities to trust; empty: the system's
	ServerName string `yaml:"serverName"` // name that the certificate must have; empty: the host of address
}

// Trunk is a SIP peer that carries calls in and out.
type Trunk struct {
	Name string `yaml:"name" required:"true"`
	// HOST[:PORT] that outbound calls go to; a name without a port is looked up (RFC 3263)
	Address string `yaml:"address"`
	// further ones, for when those before cannot be reached
	Addresses []string `yaml:"addresses"`
	// of outbound calls; auto: what the DNS says
	Transport string `yaml:"transport" default:"udp" oneof:"udp tcp tls auto"`
	// between OPTIONS to each target, at least 5s; 0: none
	Watch time.Duration `yaml:"watch" default:"0s" min:"0" max:"1h"`
	// for digest authentication (RFC 8760) of outbound requests
	Username string `yaml:"username"`
	Password Secret `yaml:"password"`

	// user name in credentials, where it is another than username
	AuthUser string `yaml:"authUser"`
	// HOST[:PORT] in From, To and the Request-URI; empty: the host of address
	Domain string `yaml:"domain"`
	// HOST[:PORT] that all requests go to first
	Proxy string `yaml:"proxy"`
	// user of From; the number is then in P-Asserted-Identity
	FromUser string `yaml:"fromUser"`
	// where the caller's number is, in order; empty: by itself
	CallerFrom []string `yaml:"callerFrom" oneof:"from pai ppi rpid diversion historyInfo"`
	// where the called number is, in order; empty: by itself
	CalledFrom []string `yaml:"calledFrom" oneof:"requestUri to pCalledPartyId diversion historyInfo"`
	// what the peer asserts of callers is believed (RFC 3325)
	Trusted bool `yaml:"trusted" default:"true"`

	// how numbers are written there
	Numbers Numbering `yaml:"numbers"`
	// who may call in through this trunk
	Inbound Inbound `yaml:"inbound"`
	// in the order of preference
	Codecs []string `yaml:"codecs" default:"PCMU,PCMA" oneof:"PCMU PCMA G722 opus" fold:"true"`
	// where media may come from
	RTPLatch string `yaml:"rtpLatch" default:"signalling" oneof:"strict signalling any"`
	// encrypted media (RFC 3711), with keys over TLS (RFC 4568)
	SRTP string `yaml:"srtp" default:"prefer" oneof:"require prefer off"`
	// SRTPWithoutTLS lets the keys of encrypted media go over UDP and TCP, where
	// whoever is on the way can read them.
	SRTPWithoutTLS bool `yaml:"srtpWithoutTLS"`

	// far ends may transfer their calls (RFC 3515)
	Refer    bool     `yaml:"refer"`
	DTMF     string   `yaml:"dtmf" default:"events" oneof:"events inband"` // how digits are sent and heard
	TLS      TrunkTLS `yaml:"tls"`
	Register bool     `yaml:"register"`                      // register at address with username and password
	MaxCalls int      `yaml:"maxCalls" min:"0" max:"100000"` // calls at the same time; 0: no limit of its own
}

// Numbering is how a trunk writes numbers. Without a country none is changed.
type Numbering struct {
	// code without a plus: 86
	Country string `yaml:"country"`
	// prefix of numbers abroad
	International string `yaml:"international" default:"00"`
	// prefix within the country; none: "-"
	National string `yaml:"national" default:"0"`
	// beginnings of numbers that are dialled without it
	Bare []string `yaml:"bare"`
	// form of the numbers that are sent
	Send string `yaml:"send" default:"asIs" oneof:"asIs plus digits international national"`
	// form of callers' numbers in events, records and history
	Show string `yaml:"show" default:"asIs" oneof:"asIs plus digits international national"`
}

// Inbound is how calls that come in are recognised: by their source address,
// or by digest authentication. With neither the trunk takes no calls.
type Inbound struct {
	Addresses []string `yaml:"addresses"` // IP addresses or networks (192.0.2.0/24)
	Username  string   `yaml:"username"`
	Password  Secret   `yaml:"password" least:"8" sound:"12"`
}

// RTC is the browsers' media.
type RTC struct {
	Listen string `yaml:"listen" default:"127.0.0.1:10000"` // UDP, HOST:PORT: one port for all browsers
	// TCP, HOST:PORT, for networks without UDP; "off": none
	TCP string `yaml:"tcp" default:"127.0.0.1:10000"`
	// IP address told to browsers; empty: the listening address
	Advertise string `yaml:"advertise"`
	// audio legs are made when agents go on line, not when they answer
	WarmLeg bool `yaml:"warmLeg" default:"true"`
	MaxLegs int  `yaml:"maxLegs" default:"1000" min:"1" max:"100000"` // browsers at the same time
	TURN    TURN `yaml:"turn"`
}

// App is one application (tenant): its agents see only each other.
type App struct {
	SDKAppID string `yaml:"sdkAppId" required:"true"` // decimal digits
	Name     string `yaml:"name"`
	// who may call the cloud API
	CloudAPI []Credential `yaml:"cloudApi"`
	// signatures of the Desk REST API
	UserSig      UserSig       `yaml:"userSig"`
	BreakReasons []string      `yaml:"breakReasons"`               // what restReason may be
	AfterCall    time.Duration `yaml:"afterCall" min:"0" max:"1h"` // after-call work; 0: none
	// how long an agent whose browser is lost is waited for
	Grace time.Duration `yaml:"grace" default:"30s" min:"1s" max:"10m"`
	// an agent logs in on a second machine: the first one leaves, or the second is refused
	SecondLogin string `yaml:"secondLogin" default:"replace" oneof:"replace refuse"`
	// how long an outbound call rings at the far side
	DialTimeout time.Duration `yaml:"dialTimeout" default:"60s" min:"1s" max:"3m"`
	// the longest call; 0: no limit
	MaxDuration time.Duration `yaml:"maxDuration" default:"4h" min:"0" max:"24h"`
	Agents      []Agent       `yaml:"agents"`
	SkillGroups []SkillGroup  `yaml:"skillGroups"`
	Numbers     []Number      `yaml:"numbers"`
	IVRs        []IVR         `yaml:"ivrs"`
	Locations   []Location    `yaml:"locations"`
	Pushes      []Push        `yaml:"pushes"` // who is told what happens
	Recording   Recording     `yaml:"recording"`
	Visitors    Visitors      `yaml:"visitors"` // customers who come from web pages
	Files       Files         `yaml:"files"`    // what is sent in chats as files
	ASR         ASR           `yaml:"asr"`
	Chat        Chat          `yaml:"chat"`
	Lamps       Lamps         `yaml:"lamps"`
}

// Lamps are what desk phones may show of colleagues.
type Lamps struct {
	// whose agents' lamps a desk phone may have
	Watch string `yaml:"watch" default:"everybody" oneof:"everybody group nobody"`
	// who sees there whom a colleague talks to
	Callers string `yaml:"callers" default:"supervisors" oneof:"everybody group supervisors nobody"`
	// a desk phone may pick up what rings at a colleague of a skill group in common
	PickUp bool `yaml:"pickUp"`
}

// Values of [Lamps].
const (
	Everybody   = "everybody"   // of the application
	SameGroup   = "group"       // of a skill group in common, and supervisors
	Supervisors = "supervisors" // of the application
	Nobody      = "nobody"
)

// Values of [App.SecondLogin].
const (
	ReplaceLogin = "replace"
	RefuseLogin  = "refuse"
)

// Credential is a pair of keys of the cloud API.
type Credential struct {
	SecretID  string `yaml:"secretId" required:"true"`
	SecretKey Secret `yaml:"secretKey" required:"true" least:"8" sound:"24"`
	// SignAction refuses TC3 requests that do not sign their X-TC-Action header.
	// The vendor's clients do not sign it.
	SignAction bool `yaml:"signAction"`
}

// UserSig is what signatures of the application's accounts are made with.
type UserSig struct {
	Key           Secret `yaml:"key" least:"8" sound:"24"`
	Administrator string `yaml:"administrator"` // the account that may use the Desk REST API
	// OriginalSpelling sends states as the vendor's original documents spell
	// them, NotInSession and Queueing, and not as the English ones do.
	OriginalSpelling bool `yaml:"originalSpelling"`
}

// Agent is somebody who takes sessions.
type Agent struct {
	UserID  string `yaml:"userId" required:"true"` // account, unique in the application
	Name    string `yaml:"name"`
	StaffNo string `yaml:"staffNo"` // work number, unique in the application
	// of CC-Gateway desks; pages log in with tokens from the back end
	Password    Secret   `yaml:"password" least:"8" sound:"10"`
	SkillGroups []string `yaml:"skillGroups"` // ids
	Phone       string   `yaml:"phone"`       // mobile number that calls can be sent to
	Extension   string   `yaml:"extension"`   // user name of the agent's SIP desk phone
	// ExtensionPassword lets the desk phone register as extension.
	ExtensionPassword Secret `yaml:"extensionPassword" least:"8" sound:"12"`
	// ExtensionSRTP is whether the desk phone's media is encrypted; empty: as sip.phones.srtp says.
	ExtensionSRTP string `yaml:"extensionSRTP" oneof:"require prefer off"`
	// ServerType is where calls are carried until the agent chooses another place.
	ServerType wire.ServerType `yaml:"serverType" default:"staffSeat" oneof:"staffSeat staffPhoneSeat staffExtensionSeat"`
	Supervisor bool            `yaml:"supervisor"`                             // may listen, whisper and barge
	MaxChats   int             `yaml:"maxChats" default:"5" min:"0" max:"100"` // chats at the same time
}

// SkillGroup is a group of agents that sessions are routed to.
type SkillGroup struct {
	ID          string             `yaml:"id" required:"true"`
	Name        string             `yaml:"name"`
	Types       []wire.SessionType `yaml:"types" default:"phone" oneof:"phone im voip video"`
	RingTimeout time.Duration      `yaml:"ringTimeout" default:"30s" min:"1s" max:"10m"` // then the next agent's turn
	// the longest wait; 0: no limit
	QueueTimeout time.Duration `yaml:"queueTimeout" default:"5m" min:"0" max:"24h"`
	// sessions that wait; 0: nobody waits
	QueueLimit int `yaml:"queueLimit" default:"100" min:"0" max:"100000"`
	// group that takes what the queue does not
	Overflow string `yaml:"overflow"`
	// nil: the application's; see [App.AfterCallOf]
	AfterCall *time.Duration `yaml:"afterCall" min:"0" max:"1h"`
	// WAV file for waiting and hold; empty: the built-in music
	Music string `yaml:"music"`
	// to the next agent after RingTimeout; false: rings until somebody acts
	AutoTransfer bool `yaml:"autoTransfer" default:"true"`
}

// Number is a telephone number of the application.
type Number struct {
	Number string `yaml:"number" required:"true"` // 3 to 32 digits, may begin with "+"
	Name   string `yaml:"name"`
	// name of the trunk that it is reached by and calls out on
	Trunk               string   `yaml:"trunk" required:"true"`
	SkillGroup          string   `yaml:"skillGroup"`          // where calls to it go: this group …
	IVR                 string   `yaml:"ivr"`                 // … or this menu; with neither it takes no calls
	Outbound            bool     `yaml:"outbound"`            // agents may call out with it
	ServingNumberGroups []string `yaml:"servingNumberGroups"` // ids of the number lists that it is on
	Location            string   `yaml:"location"`            // place, shown to agents
}

// IVR is a menu of spoken choices.
type IVR struct {
	ID      string        `yaml:"id" required:"true"`
	Prompt  string        `yaml:"prompt" default:"builtin:menu"`          // WAV file, or builtin:menu
	Invalid string        `yaml:"invalid" default:"builtin:invalid"`      // played after a key that is not on the menu
	Repeat  int           `yaml:"repeat" default:"3" min:"1" max:"10"`    // how many times the prompt is played in all
	Timeout time.Duration `yaml:"timeout" default:"5s" min:"1s" max:"1m"` // wait for a key after each playing
	Keys    []IVRKey      `yaml:"keys"`
	Default string        `yaml:"default"` // skill group of callers who press nothing valid; empty: the call ends
}

// IVRKey is one choice of a menu.
type IVRKey struct {
	Key        string `yaml:"key" required:"true" oneof:"0 1 2 3 4 5 6 7 8 9 * #"`
	Label      string `yaml:"label"` // what agents and CDRs read; empty: the group's name
	SkillGroup string `yaml:"skillGroup" required:"true"`
}

// Location names the place of the telephone numbers with a prefix; the longest
// prefix wins.
type Location struct {
	Prefix string `yaml:"prefix" required:"true"` // digits, may begin with "+"
	Name   string `yaml:"name" required:"true"`
}

// Push is a receiver of webhooks.
type Push struct {
	// http(s), unique in the application
	URL    string   `yaml:"url" required:"true"`
	Secret Secret   `yaml:"secret" required:"true" least:"16" sound:"24"`            // pushes are signed with it
	Events []string `yaml:"events" default:"cdr" oneof:"cdr session status message"` // what is sent there
	// what could not be delivered for so long is a dead letter
	RetryFor time.Duration `yaml:"retryFor" default:"24h" min:"10s" max:"168h"`
	Timeout  time.Duration `yaml:"timeout" default:"10s" min:"1s" max:"1m"` // of one attempt
	// PEM file of the authorities to trust; empty: the system's
	CA string `yaml:"ca"`
}

// Chat is how chats of customers go on. Groups whose types include im take
// them.
type Chat struct {
	// begins every chat; empty: none
	Greeting string `yaml:"greeting"`
	// of chats that name none; empty: the first one that takes im
	DefaultSkillGroup string `yaml:"defaultSkillGroup"`
	// a chat in which nobody writes for so long ends; 0: never
	IdleTimeout time.Duration `yaml:"idleTimeout" default:"10m" min:"0" max:"24h"`
	// a chat whose customer's page is away for so long ends; 0: never
	GoneTimeout time.Duration `yaml:"goneTimeout" default:"2m" min:"0" max:"24h"`
	// then messages are removed; 0: never
	Retention   time.Duration `yaml:"retention" default:"2160h" min:"0" max:"87600h"`
	MaxMessages int           `yaml:"maxMessages" default:"2000" min:"1" max:"100000"` // of one chat
	Bot         Bot           `yaml:"bot"`
}

// Bot answers customers before a person does. Without answers and a webhook
// there is none.
type Bot struct {
	Name     string      `yaml:"name"`                                     // shown to both sides
	Answers  []BotAnswer `yaml:"answers"`                                  // the first one that fits is given
	Handover []string    `yaml:"handover" default:"人工,agent,person,human"` // words that ask for a person
	Webhook  Webhook     `yaml:"webhook"`                                  // asked for what no answer fits
}

// BotAnswer is what the bot says to a message that holds one of the words.
type BotAnswer struct {
	Keywords []string `yaml:"keywords" required:"true"`
	Text     string   `yaml:"text" required:"true"`
	Choices  []string `yaml:"choices"` // offered to press
}

// Webhook is a server of the company's own that is asked.
type Webhook struct {
	URL     string        `yaml:"url"`                                       // http(s); empty: none
	Secret  Secret        `yaml:"secret" least:"16" sound:"24"`              // requests are signed with it
	Timeout time.Duration `yaml:"timeout" default:"5s" min:"100ms" max:"1m"` // to answer in
}

// Any reports whether there is a bot.
func (b *Bot) Any() bool { return len(b.Answers) > 0 || b.Webhook.URL != "" }

// Recording is what becomes of telephone conversations.
type Recording struct {
	Enabled     bool `yaml:"enabled"`
	ConsentTone bool `yaml:"consentTone"` // both hear a beep first
	Video       bool `yaml:"video"`       // the pictures of video sessions as well
	// then the file is removed; 0: never
	Retention time.Duration `yaml:"retention" default:"2160h" min:"0" max:"87600h"`
	Format    string        `yaml:"format" default:"wav" oneof:"wav opus"` // of the files
	// of the files; empty: recordings in the data directory
	Dir string `yaml:"dir"`
}

// Visitors is who may come from a web page.
type Visitors struct {
	Enabled bool `yaml:"enabled"`
	// of pages beside the gateway's own; "*" is every page
	Origins []string `yaml:"origins"`
	// connections of one address at the same time
	PerAddress int `yaml:"perAddress" default:"100" min:"1" max:"1000000"`
	// asked whether a customer may open a session
	Challenge Webhook `yaml:"challenge"`
}

// Files is what becomes of files that are sent in chats.
type Files struct {
	MaxMB   int `yaml:"maxMB" default:"10" min:"1" max:"1000"`          // of one file
	QuotaMB int `yaml:"quotaMB" default:"10000" min:"1" max:"10000000"` // of all files of the application
	// then the file is removed; 0: never
	Retention time.Duration `yaml:"retention" default:"2160h" min:"0" max:"87600h"`
}

// ASR is who recognises what is said in telephone calls.
type ASR struct {
	// ws(s) address of a server that speaks Vosk's protocol; empty: nothing is recognised
	URL string `yaml:"url"`
	// calls recognised at the same time; each needs two sockets
	MaxSessions int `yaml:"maxSessions" default:"50" min:"1" max:"10000"`
}
