package clock

// Fork gives a clock that shows the same instant, goes on at the same rate and is moved by itself. Nothing waits on it.
func (v *Virtual) Fork() *Virtual {
	v.mu.Lock()
	defer v.mu.Unlock()
	f := &Virtual{rate: v.rate}
	f.course.Store(&course{base: v.Now(), from: wall(), rate: v.rate})
	return f
}
