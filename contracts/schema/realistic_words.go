package schema

// kindOfWhole knows the usual names of properties, spelled in lower case with underscores.
func kindOfWhole(name string) kind { // a table
	switch name {
	case "age":
		return kindAge
	case "amount", "price", "total", "subtotal", "cost", "fee", "tax", "balance", "discount", "salary", "revenue",
		"budget", "unit_price", "unit_amount", "grand_total", "list_price", "net", "gross",
		"value_total", "amount_due", "amount_paid", "tip":
		return kindAmount
	case "birthday", "birthdate", "birth_date", "date_of_birth", "dob", "born":
		return kindBirth
	case "brand", "card_brand", "make", "manufacturer":
		return kindBrand
	case "category", "genre", "department", "section":
		return kindCategory
	case "city", "town", "locality", "municipality":
		return kindCity
	case "code", "sku", "coupon", "promo_code", "reference", "ref", "invoice_number", "order_number", "serial_number",
		"tracking_number", "number_plate", "barcode":
		return kindCode
	case "color", "colour":
		return kindColor
	case "company", "company_name", "organization", "organisation", "organization_name", "business_name", "legal_name",
		"employer", "vendor_name", "merchant_name", "org":
		return kindCompany
	case "count", "stars", "forks", "watchers", "followers", "following", "likes", "views", "downloads", "comments",
		"open_issues", "visits", "total_count", "total_items", "total_results":
		return kindCount
	case "country", "country_name", "nation":
		return kindCountry
	case "country_code", "country_iso", "iso_country":
		return kindCountryCode
	case "created", "creation_date", "date_created", "created_date", "created_time", "creation_time",
		"creation_timestamp", "timestamp", "inserted_at":
		return kindCreated
	case "currency", "currency_code":
		return kindCurrency
	case "date", "datetime", "time_stamp", "when", "last_seen", "last_login", "last_used":
		return kindDate
	case "description", "summary", "bio", "about", "overview", "abstract", "notes", "note", "comment", "comments_text",
		"caption", "details", "explanation", "purpose", "instructions", "reason", "remark", "remarks", "memo":
		return kindDescription
	case "domain", "domain_name":
		return kindDomain
	case "duration", "duration_ms", "ttl", "timeout", "interval", "expires_in", "uptime", "latency", "elapsed", "delay":
		return kindDuration
	case "email", "e_mail", "email_address", "mail", "primary_email", "contact_email", "notification_email",
		"sender_email", "reply_to":
		return kindEmail
	case "end", "end_date", "end_time", "ends", "to_date", "finish", "period_end", "current_period_end":
		return kindEnd
	case "deleted_date", "canceled_date":
		return kindEnded
	case "filename", "file_name", "file", "original_filename", "attachment_name":
		return kindFileName
	case "first_name", "firstname", "given_name", "givenname", "forename", "fname":
		return kindFirstName
	case "expires", "expiry", "expiration", "expiration_date", "expire_date", "due_date", "expires_on", "valid_until",
		"valid_to", "deadline", "next_payment_date", "renewal_date", "ship_date", "delivery_date":
		return kindFuture
	case "gender", "sex":
		return kindGender
	case "hash", "checksum", "digest", "etag", "md5", "fingerprint":
		return kindHash
	case "height", "width", "depth", "length", "weight", "distance", "thickness", "radius", "mass":
		return kindHeight
	case "hex_color", "color_hex", "colour_hex":
		return kindHexColor
	case "hostname", "host", "server", "fqdn", "host_name":
		return kindHostname
	case "id", "uid", "external_id", "object_id", "request_id", "trace_id", "correlation_id", "customer_id", "user_id",
		"account_id", "identifier":
		return kindID
	case "ip", "ip_address", "ipaddress", "ipv4", "remote_addr", "client_ip", "public_ip", "private_ip":
		return kindIP
	case "ipv6":
		return kindIPv6
	case "image", "image_url", "avatar", "avatar_url", "photo", "photo_url", "picture", "thumbnail", "thumbnail_url",
		"logo", "logo_url", "icon", "icon_url", "cover", "banner", "photo_urls", "photourls", "screenshot":
		return kindImage
	case "index", "position", "order", "rank", "offset", "sequence", "row", "column", "priority", "level":
		return kindIndex
	case "job_title", "jobtitle", "occupation", "profession", "role_title", "position_title":
		return kindJob
	case "key":
		return kindKey
	case "language", "lang":
		return kindLanguage
	case "last4", "last_four":
		return kindLast4
	case "last_name", "lastname", "surname", "family_name", "familyname", "lname":
		return kindLastName
	case "latitude", "lat":
		return kindLatitude
	case "active", "enabled", "visible", "available", "verified", "success", "ok", "public", "valid", "ready", "live",
		"open", "online", "required", "default_value_enabled":
		return kindLikely
	case "locale", "preferred_locale":
		return kindLocale
	case "longitude", "lng", "lon", "long":
		return kindLongitude
	case "mac", "mac_address":
		return kindMAC
	case "mime_type", "mimetype", "content_type", "media_type", "contenttype":
		return kindMediaType
	case "month", "exp_month", "expiry_month":
		return kindMonth
	case "name", "display_name", "full_name", "fullname", "displayname":
		return kindName
	case "number":
		return kindNumber
	case "page", "page_number", "current_page", "total_pages", "pages", "last_page":
		return kindPage
	case "path", "file_path", "filepath", "directory", "folder":
		return kindPath
	case "percent", "percentage", "percent_off", "tax_rate", "ratio", "progress", "share", "discount_percent":
		return kindPercent
	case "author", "owner_name", "customer_name", "user_name_full", "contact_name", "cardholder_name", "recipient_name",
		"author_name", "real_name", "cardholder", "account_holder_name", "person":
		return kindPersonName
	case "pet_name":
		return kindPetName
	case "phone", "phone_number", "telephone", "mobile", "mobile_number", "tel", "fax", "cell", "cell_phone", "phone_no":
		return kindPhone
	case "port":
		return kindPort
	case "postal_code", "zip", "zip_code", "postcode", "zipcode", "postalcode":
		return kindPostalCode
	case "product", "product_name", "item_name", "item":
		return kindProduct
	case "quantity", "qty", "stock", "inventory", "units", "seats", "capacity", "guests":
		return kindQuantity
	case "rating", "score", "stars_rating", "average_rating":
		return kindRating
	case "sha", "commit_sha", "sha1", "sha256", "commit", "tree_sha", "head_sha", "commit_id":
		return kindSHA
	case "secret", "password", "passwd", "client_secret", "passphrase", "api_secret", "webhook_secret":
		return kindSecret
	case "size", "bytes", "file_size", "filesize", "content_length", "memory", "disk", "size_bytes":
		return kindSize
	case "slug", "handle", "permalink", "alias", "shortname", "short_name", "repository", "repo", "branch":
		return kindSlug
	case "start", "start_date", "start_time", "starts", "from_date", "begin", "period_start", "current_period_start":
		return kindStart
	case "state", "province", "region", "county":
		return kindState
	case "status_code", "http_status":
		return kindStatusCode
	case "street", "address", "address_line", "line1", "line_1", "address1", "address_1", "street_address",
		"address_line1", "street_name", "street1", "address_line_1":
		return kindStreet
	case "tag", "label", "keyword", "topic", "tags", "labels", "keywords", "topics":
		return kindTag
	case "body", "content", "text", "message", "html", "markdown", "paragraph", "story", "article", "detail",
		"error_message", "error_description", "response_text":
		return kindText
	case "time", "time_of_day":
		return kindTime
	case "timezone", "time_zone", "tz":
		return kindTimezone
	case "title", "subject", "headline", "heading", "topic_title", "subtitle", "event_title":
		return kindTitle
	case "token", "access_token", "refresh_token", "api_key", "apikey", "cursor", "next_cursor", "next_page_token",
		"page_token", "session_id", "id_token", "nonce", "signature", "client_id":
		return kindToken
	case "url", "uri", "link", "website", "homepage", "web_url", "html_url", "href", "callback_url", "redirect_uri",
		"redirect_url", "webhook_url", "site", "permalink_url", "self", "next", "previous", "prev", "first_url", "blog",
		"endpoint", "target_url":
		return kindURL
	case "uuid", "guid":
		return kindUUID
	case "line2", "line_2", "address2", "address_2", "apartment", "suite", "address_line2", "unit", "street2",
		"address_line_2":
		return kindUnit
	case "deleted", "archived", "suspended", "disabled", "blocked", "locked", "hidden", "private", "draft", "test",
		"livemode", "has_more", "error", "failed", "cancelled", "canceled", "expired", "banned", "truncated",
		"incomplete_results", "has_next", "has_previous", "site_admin", "fork":
		return kindUnlikely
	case "updated", "modified", "last_updated", "last_modified", "updated_date", "modified_date", "update_time",
		"updated_time", "modification_date":
		return kindUpdated
	case "user_agent", "useragent":
		return kindUserAgent
	case "username", "login", "user_name", "screen_name", "nickname", "nick", "userid", "screenname":
		return kindUsername
	case "version", "app_version", "api_version", "release", "revision_name", "semver", "version_name":
		return kindVersion
	case "word", "term":
		return kindWord
	case "year", "exp_year", "expiry_year", "birth_year":
		return kindYear
	}
	return noKind
}
