package resource

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// upload keeps the bytes of the request and makes or fills the item that describes them.
func (a *act) upload() (*Result, error) {
	name, contentType, data := a.uploaded()
	var rec *record
	created := false
	err := a.write(func(tx store.Tx) error {
		created = false
		if err := a.completeScope(tx, a.firstInput()); err != nil {
			return err
		}
		old, _, err := a.uploadTarget(tx)
		if err != nil {
			return err
		}
		if err := a.condition(old); err != nil {
			return err
		}
		if old == nil {
			created = true
			rec, err = a.createOne(tx, a.describeUpload(a.firstInput(), name, contentType, data))
		} else {
			rec, err = a.changeOne(tx, old, func(item map[string]any) (map[string]any, error) {
				described, _ := a.describeUpload(item, name, contentType, data).(map[string]any)
				return described, nil
			})
		}
		if err == nil {
			err = a.refresh(tx, a.scope)
		}
		if err != nil || data == nil {
			return err
		}
		return tx.Put(a.st.base(a.scope)+keyBytes+rec.id, append([]byte(clean(contentType)+"\x00"), data...))
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Created: created, Source: "state", ETag: etag(rec.json), Changes: a.changes}
	if created {
		result.Location = a.location(rec)
	}
	return result, a.showItem(rec, result)
}

// uploadTarget is the item that the bytes belong to; nil when the upload makes a new one.
func (a *act) uploadTarget(tx store.Tx) (*record, bool, error) {
	if a.id == "" && !a.c.Singleton {
		return nil, false, errors.Join(a.checkParent(tx), a.populate(tx))
	}
	rec, invented, err := a.findOrMake(tx)
	var missing *NotFoundError
	if errors.As(err, &missing) && !missing.Parent && !a.c.ID.Server {
		return nil, false, nil
	}
	return rec, invented, err
}

// hasFile says that the request's form holds a file.
func (a *act) hasFile() bool {
	return slices.ContainsFunc(a.q.Body.Parts, func(p contracts.Part) bool { return p.FileName != "" })
}

// uploaded finds the file in the request: the first part with a file name, or the whole body.
func (a *act) uploaded() (name, contentType string, data []byte) {
	for _, part := range a.q.Body.Parts {
		if part.FileName != "" {
			return part.FileName, part.ContentType, append([]byte{}, part.Bytes...) // an empty file is a file
		}
	}
	if len(a.q.Body.Parts) > 0 || !a.q.Body.Present {
		return "", "", nil
	}
	return "", a.q.Body.ContentType, a.q.Body.Raw
}

// describeUpload adds what is known of a file to the members that are usually there for it.
func (a *act) describeUpload(input any, name, contentType string, data []byte) any {
	item, _ := cloneValue(input).(map[string]any)
	if item == nil {
		item = map[string]any{}
	}
	for _, p := range ownProperties(a.c.Item, 0) {
		var value any
		switch normal(p.Name) {
		case "name", "filename", "originalname", "originalfilename", "title":
			if name == "" {
				continue
			}
			value = name
		case "size", "filesize", "length", "bytes", "contentlength", "bytesize":
			value = jsonNumber(strconv.Itoa(len(data)))
		case "mime", "mimetype", "contenttype", "mediatype":
			if contentType == "" {
				continue
			}
			value = contentType
		default:
			continue
		}
		if p.Schema.Valid(value, schema.Response) {
			item[p.Name] = value
		}
	}
	return item
}

// download gives uploaded bytes back as they came; an item without bytes is shown by its schema.
func (a *act) download() (*Result, error) {
	rec, invented, err := a.lookup()
	if err != nil {
		return nil, err
	}
	result := &Result{Source: source(invented), ETag: etag(rec.json)}
	err = a.store.View(a.ctx, func(tx store.Tx) error {
		value, err := tx.Get(a.st.base(rec.scope) + keyBytes + rec.id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		contentType, data, _ := bytes.Cut(value, []byte{0})
		result.ContentType, result.Raw, result.ETag = string(contentType), data, etag(value)
		if result.ContentType == "" {
			result.ContentType = "application/octet-stream"
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a.q.IfMatch != "" && !matches(a.q.IfMatch, result.ETag) {
		return nil, &PreconditionError{Header: "If-Match", Want: a.q.IfMatch, Have: result.ETag}
	}
	if a.q.IfNoneMatch != "" && matches(a.q.IfNoneMatch, result.ETag) {
		return &Result{Source: result.Source, ETag: result.ETag, NotModified: true}, nil
	}
	if result.Raw != nil {
		return result, nil
	}
	return result, a.showOtherDownload(rec, result)
}

func (a *act) showOtherDownload(rec *record, result *Result) error {
	media := a.q.Media
	switch {
	case media == nil:
		return nil
	case media.Schema != nil || media.Item != nil:
		return a.showOther(rec, media, result)
	case contracts.JSONMedia(media.Name):
		result.Body = rec.json
	default:
		result.Value = "" // nobody has put anything there, and nothing is said of it: an example is better
	}
	return nil
}
