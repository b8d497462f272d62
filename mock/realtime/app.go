package realtime

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An App is what a client and a server of its own name and sign with.
type App struct {
	ID     string // in the paths of the HTTP API: "482913"
	Key    string // public: in the path of the WebSocket endpoint and before each signature
	Secret string // signs subscriptions and requests to the HTTP API
}

// makeApp takes an application out of a secret. Its parts look like those that Laravel's reverb:install makes.
func makeApp(secret [32]byte) App {
	part := func(name string) []byte {
		mac := hmac.New(sha256.New, secret[:])
		mac.Write([]byte("realtime " + name))
		return mac.Sum(nil)
	}
	word := func(from []byte) string {
		const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
		text := make([]byte, 20)
		for i := range text {
			text[i] = letters[int(from[i])%len(letters)]
		}
		return string(text)
	}
	id := 0
	for _, b := range part("id")[:4] {
		id = (id<<8 | int(b)) % 900_000
	}
	return App{ID: strconv.Itoa(100_000 + id), Key: word(part("key")), Secret: word(part("secret"))}
}

// mac is HMAC-SHA256 in hex.
func (a App) mac(text string) string {
	mac := hmac.New(sha256.New, []byte(a.Secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// Sign gives the auth of a subscription: key:hex, over socket and channel and, where it is not empty, the channel data.
func (a App) Sign(socketID, channel, channelData string) string {
	text := socketID + ":" + channel
	if channelData != "" {
		text += ":" + channelData
	}
	return a.Key + ":" + a.mac(text)
}

// Signs says whether auth is what Sign gives.
func (a App) Signs(auth, socketID, channel, channelData string) bool {
	return subtle.ConstantTimeCompare([]byte(auth), []byte(a.Sign(socketID, channel, channelData))) == 1
}

// SignRequest gives the auth_signature of a request to the HTTP API. The parameters are signed sorted by their names, without
// auth_signature, and with body_md5 taken from the body that came, whatever the request says of it.
func (a App) SignRequest(method, path string, query url.Values, body []byte) string {
	pairs := map[string]string{}
	for name, values := range query {
		if name = strings.ToLower(name); name != "auth_signature" && name != "body_md5" && len(values) > 0 {
			pairs[name] = values[0]
		}
	}
	if len(body) > 0 {
		sum := md5.Sum(body) // what the protocol has; it is inside the HMAC
		pairs["body_md5"] = hex.EncodeToString(sum[:])
	}
	names := make([]string, 0, len(pairs))
	for name := range pairs {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = name + "=" + pairs[name]
	}
	return a.mac(strings.ToUpper(method) + "\n" + path + "\n" + strings.Join(names, "&"))
}

// signsRequest says whether a request carries the signature of one of the paths: the one that the server sees, or the one
// that the client addressed.
func (a App) signsRequest(q Request) bool {
	key, signature := q.Query.Get("auth_key"), q.Query.Get("auth_signature")
	known := subtle.ConstantTimeCompare([]byte(key), []byte(a.Key)) == 1
	signed := false
	for _, path := range q.Paths {
		want := a.SignRequest(q.Method, path, q.Query, q.Body)
		signed = subtle.ConstantTimeCompare([]byte(signature), []byte(want)) == 1 || signed
	}
	return known && signed
}

// Why a subscription is not signed.
var (
	ErrSocketID = errors.New("a socket id is two numbers with a dot between them, as the connection was told")
	ErrChannel  = errors.New("only channels whose names begin with private- or presence- are signed")
)

var socketIDs = lazily(`^[0-9]{1,20}\.[0-9]{1,20}$`)

// Authorize signs the subscription of a connection to a private or presence channel. channelData is JSON with user_id and
// user_info; presence channels need it. Who may join is for the caller to judge. The errors wrap ErrSocketID and ErrChannel.
func (h *Hub) Authorize(socketID, channel, channelData string) (auth string, err error) {
	if !socketIDs().MatchString(socketID) {
		return "", fmt.Errorf("%w, not %.70q", ErrSocketID, socketID)
	}
	kind, ok := kindOf(channel)
	if !ok || kind == public {
		return "", fmt.Errorf("%w, not %.70q", ErrChannel, channel)
	}
	if kind == presence {
		if _, err := memberOf(channelData); err != nil {
			return "", fmt.Errorf("sign the channel %s: %w", channel, err)
		}
	}
	return h.app.Sign(socketID, channel, channelData), nil
}
