package mocktest

import "understudy/mock/credential"

// Key makes a key that is good from now on and gives its text. Without scopes it has those that permit most; what the contract
// does not know ends the test.
func (s *StandIn) Key(scopes ...string) string {
	s.t.Helper()
	return s.NewKey(credential.KeyRequest{Name: s.t.Name(), Scopes: scopes}).Text
}

// NewKey makes a key, or any other credential that people make by hand, as described.
func (s *StandIn) NewKey(q credential.KeyRequest) credential.Issued {
	s.t.Helper()
	issued, err := s.server.Credentials().CreateKey(s.t.Context(), q)
	if err != nil {
		s.fail("make a key", err)
	}
	return issued
}

// Token issues a token and gives its text: with a life or claims of its own, or with a defect that no client and no gateway
// may overlook (credential.Defects).
func (s *StandIn) Token(q credential.TokenRequest) string {
	s.t.Helper()
	issued, err := s.server.Credentials().IssueToken(s.t.Context(), q)
	if err != nil {
		s.fail("issue a token", err)
	}
	return issued.Text
}

// Revoke ends the credential with a text at once: the next request that shows it is refused.
func (s *StandIn) Revoke(text string) {
	s.t.Helper()
	registry := s.server.Credentials()
	known, err := registry.ByText(s.t.Context(), text)
	if err == nil {
		_, err = registry.Revoke(s.t.Context(), known.ID)
	}
	if err != nil {
		s.fail("revoke the credential", err)
	}
}

// Rotate replaces the credential with a text and gives the text of its successor. For how long the old one stays good is the
// contract's to say.
func (s *StandIn) Rotate(text string) string {
	s.t.Helper()
	registry := s.server.Credentials()
	known, err := registry.ByText(s.t.Context(), text)
	if err != nil {
		s.fail("rotate the credential", err)
	}
	issued, err := registry.Rotate(s.t.Context(), known.ID)
	if err != nil {
		s.fail("rotate the credential", err)
	}
	return issued.Text
}
