package credential

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// longestChangedLife bounds the lifetime that a class may be given while the stand-in runs.
const longestChangedLife = 10 * 365 * 24 * time.Hour

// SetLife changes how long credentials of a class live that are issued from now on; those that exist keep their end. nil takes
// the class back to what the contract says. It fails with ErrNotFound (no such class) or *RequestError.
func (r *Registry) SetLife(class string, life *time.Duration) error {
	c := r.byName[class]
	switch {
	case c == nil:
		return fmt.Errorf("class %.60q: %w; there are %s", class, ErrNotFound, strings.Join(r.classNames(), ", "))
	case c.Is(Password, Certificate):
		return &RequestError{"lifetime", "cannot be given to a " + c.Kind}
	case life != nil && (*life <= 0 || *life > longestChangedLife):
		return &RequestError{"lifetime", "must be above 0 and at most ten years"}
	}
	r.livesMu.Lock()
	defer r.livesMu.Unlock()
	lives := map[string]time.Duration{}
	if old := r.lives.Load(); old != nil {
		maps.Copy(lives, *old)
	}
	if delete(lives, class); life != nil {
		lives[class] = *life
	}
	r.lives.Store(&lives)
	return nil
}

// Life is how long credentials of a class live that are issued now; 0: they have no end. changed says that it is not what the
// contract says.
func (r *Registry) Life(c *Class) (life time.Duration, changed bool) {
	if lives := r.lives.Load(); lives != nil {
		if d, ok := (*lives)[c.Name]; ok {
			return d, true
		}
	}
	return c.Life, false
}

// lifeOf is Life without the word whether it was changed.
func (r *Registry) lifeOf(c *Class) time.Duration {
	life, _ := r.Life(c)
	return life
}

// Lives gives the lifetimes that were changed, by class; nil: none were.
func (r *Registry) Lives() map[string]time.Duration {
	if lives := r.lives.Load(); lives != nil && len(*lives) > 0 {
		return maps.Clone(*lives)
	}
	return nil
}

// SetLives sets the lifetimes that were changed to those that Lives of another registry gave.
func (r *Registry) SetLives(lives map[string]time.Duration) {
	r.livesMu.Lock()
	defer r.livesMu.Unlock()
	known := map[string]time.Duration{}
	for class, life := range lives {
		if r.byName[class] != nil && life > 0 && life <= longestChangedLife {
			known[class] = life
		}
	}
	r.lives.Store(&known)
}
