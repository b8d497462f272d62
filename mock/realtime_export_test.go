package mock

// Publish is Server.publish for tests.
func Publish(s *Server, event string, payload any, exceptSocket string) {
	s.publish(event, payload, exceptSocket)
}
