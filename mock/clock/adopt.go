package clock

// Adopt lets the clock go as another one does: of another process that stands in for the same API. Callbacks that are due by
// then run on the caller's goroutine, as with Set. Nobody is told of it (OnMove). It fails for a course that no clock can have.
func (v *Virtual) Adopt(c Course) error {
	other, err := Resume(c)
	if err != nil {
		return err
	}
	v.mu.Lock()
	told := v.moved
	v.moved = nil
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.moved = told
	}()
	if _, err := v.Set(other.Now()); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rate = c.Rate
	v.course.Store(&course{base: c.Base.UTC().Round(0), from: c.From.UTC().Round(0), rate: c.Rate})
	v.settle()
	return nil
}
