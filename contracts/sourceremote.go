package contracts

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const maxRedirects = 5

// fetcher gets documents over HTTP, from the hosts that the user allowed and from no others.
type fetcher struct {
	client *http.Client
	hosts  []string // host:port
	limits Limits
}

// newFetcher makes a fetcher. root is the URL that the user typed, or empty.
func newFetcher(o Options, root string, limits Limits) *fetcher {
	f := &fetcher{limits: limits}
	for _, host := range o.AllowRefs {
		f.hosts = append(f.hosts, allowedHosts(host)...)
	}
	client := o.Client
	if client == nil {
		client = &http.Client{
			Timeout: 60 * time.Second,
			Transport: &http.Transport{
				DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
				TLSHandshakeTimeout:   10 * time.Second,
				ResponseHeaderTimeout: 30 * time.Second,
				ForceAttemptHTTP2:     true,
				IdleConnTimeout:       time.Second,
			},
		}
	}
	bounded := *client
	bounded.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
			return fmt.Errorf("a redirect leads from https to %s", r.URL.Redacted())
		}
		from := via[0].URL
		// The document that the user typed may move within its own host, from http to https for one.
		if from.String() == root && sameHost(from, r.URL) {
			return nil
		}
		if !f.allows(r.URL) {
			return fmt.Errorf("a redirect leads to %s, which is not an allowed host", hostPort(r.URL))
		}
		return nil
	}
	f.client = &bounded
	return f
}

// allowedHosts gives the host:port forms that an entry of Options.AllowRefs stands for.
func allowedHosts(entry string) []string {
	entry = strings.ToLower(strings.TrimSpace(entry))
	if u, err := url.Parse(entry); err == nil && u.Host != "" {
		entry = u.Host
	}
	if _, _, err := net.SplitHostPort(entry); err == nil {
		return []string{entry}
	}
	entry = strings.Trim(entry, "[]")
	return []string{net.JoinHostPort(entry, "80"), net.JoinHostPort(entry, "443")}
}

// hostPort gives the host of a URL with its port, lower case.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if strings.EqualFold(u.Scheme, "https") {
			port = "443"
		}
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

func sameHost(a, b *url.URL) bool {
	usual := func(u *url.URL) bool { return u.Port() == "" || u.Port() == "80" || u.Port() == "443" }
	return hostPort(a) == hostPort(b) || strings.EqualFold(a.Hostname(), b.Hostname()) && usual(a) && usual(b)
}

// allows says whether a reference may be fetched from there.
func (f *fetcher) allows(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && slices.Contains(f.hosts, hostPort(u))
}

// get reads a URL. The caller has checked that the user typed it or allowed its host.
func (f *fetcher) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json, application/yaml, text/yaml, */*;q=0.5")
	request.Header.Set("User-Agent", "understudy")
	response, err := f.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %d", response.StatusCode)
	}
	return readBounded(response.Body, max(response.ContentLength, 0), f.limits.Bytes)
}
