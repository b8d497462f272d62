package main

import "time"

const refreshBody = `{"refreshToken":"{refresh}"}`

// ecoeventsTokenStories are about logins, access tokens and refresh tokens.
func ecoeventsTokenStories() []story {
	return []story{
		{
			contract: "ecoevents", tells: "the login and its access token",
			steps: []step{
				{
					tells: "a good pair", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200,
					proves: []string{
						"ECOEVENTS-22", "ECOEVENTS-23", "ECOEVENTS-24", "ECOEVENTS-25", "ECOEVENTS-11", "ECOEVENTS-G08", "ECOEVENTS-G10", "ECOEVENTS-X04",
						"ECOEVENTS-X01",
					},
					keep: kept{"access": "/accessToken", "iat": "jwt /accessToken /claims/iat"},
					wants: seen{
						"": entries(4), "/accessToken": like(`^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.`), "/refreshToken": like(`^rt_[a-z0-9]{20}$`),
						"/expiresIn": 86400, "/tokenType": "Bearer", "header Cache-Control": has("no-store"),
						"jwt /accessToken /header": same(`{"alg":"HS256","typ":"JWT"}`), "jwt /accessToken /claims/exp": after{"{iat}", "86400"},
						"jwt /accessToken /claims/sub": "acc_9i8h7g6f5e", "jwt /accessToken /claims/jti": like(`.`), "jwt /accessToken /claims": entries(4),
					},
				},
				{
					tells: "a wrong password", method: "POST", path: "/v1/auth/login", body: `{"email":"{ECOEVENTS_USER_EMAIL}","password":"wrong"}`, status: 401,
					proves: []string{"ECOEVENTS-22"}, wants: seen{"/error/code": like(`.`), "/accessToken": absent},
				},
				{
					tells: "no JSON", method: "POST", path: "/v1/auth/login", body: `{"email"`, status: 400, proves: []string{"ECOEVENTS-22"},
					wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "no password", method: "POST", path: "/v1/auth/login", body: `{"email":"{ECOEVENTS_USER_EMAIL}"}`, status: 400,
					proves: []string{"ECOEVENTS-22"}, wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "the token works", method: "GET", path: "/v1/events", as: "access", status: 200, proves: []string{"ECOEVENTS-01", "ECOEVENTS-29"},
					wants: seen{"/data": entries(4)},
				},
				{tells: "for each operation: the role is owner", as: "access", tour: &tour{open: []string{"*"}}, proves: []string{"ECOEVENTS-01", "ECOEVENTS-X05"}},
				{
					tells: "rubbish does not", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "Bearer rubbish"}, status: 401,
					proves: []string{"ECOEVENTS-29"}, wants: seen{"/error/code": like(`^invalid_`)},
				},
				{
					tells: "nor an altered token", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "Bearer {access|cut}"},
					status: 401, proves: []string{"ECOEVENTS-29", "ECOEVENTS-G01"}, wants: seen{"/error/code": "invalid_token"},
				},
				{
					tells: "verify takes it, and shows no key", method: "GET", path: "/v1/auth/verify", as: "access", status: 200,
					proves: []string{"ECOEVENTS-X08"}, wants: seen{"": entries(2), "/valid": true, "/account/id": "acc_9i8h7g6f5e", "/key": absent},
				},
				{
					tells: "there is no key set", method: "GET", path: "/.well-known/jwks.json", status: 404, proves: []string{"ECOEVENTS-X04", "ECOEVENTS-52"},
					wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "and no OAuth yet", method: "GET", path: "/.well-known/openid-configuration", status: 404, proves: []string{"ECOEVENTS-52"},
					wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "nor its endpoints", method: "POST", path: "/oauth2/token", contentType: formMedia, body: "grant_type=client_credentials", status: 404,
					proves: []string{"ECOEVENTS-52"}, wants: seen{"/access_token": absent},
				},
				{
					tells: "a second before the day is over", advance: 24*time.Hour - time.Second, method: "GET", path: "/v1/events", as: "access", status: 200,
					proves: []string{"ECOEVENTS-11", "COMMON-01"}, wants: seen{"/data": like(`^\[`)},
				},
				{
					tells: "and at its end", advance: time.Second, method: "GET", path: "/v1/events", as: "access", status: 401,
					proves: []string{"ECOEVENTS-11", "ECOEVENTS-55", "ECOEVENTS-G01", "COMMON-01"}, wants: seen{"/error/code": "expired_token"},
				},
			},
		},
		{
			contract: "ecoevents", tells: "refresh tokens: one use, thirty days",
			steps: []step{
				{
					tells: "log in", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200,
					keep: kept{"access": "/accessToken", "refresh": "/refreshToken"}, wants: seen{"/refreshToken": like(`^rt_[a-z0-9]{20}$`)},
				},
				{
					tells: "a day later the access token has expired", advance: 24 * time.Hour, method: "GET", path: "/v1/events", as: "access", status: 401,
					proves: []string{"ECOEVENTS-26", "ECOEVENTS-55"}, wants: seen{"/error/code": "expired_token"},
				},
				{
					tells: "refresh, with the expired token still in the header", method: "POST", path: "/v1/auth/refresh", as: "access", body: refreshBody,
					status: 200, proves: []string{"ECOEVENTS-12", "ECOEVENTS-26", "ECOEVENTS-G02"},
					keep: kept{"access2": "/accessToken", "refresh2": "/refreshToken"},
					wants: seen{
						"": entries(4), "/accessToken": other("{access}"), "/refreshToken": all{like(`^rt_[a-z0-9]{20}$`), other("{refresh}")}, "/expiresIn": 86400,
						"/tokenType": "Bearer",
					},
				},
				{
					tells: "the new token works", method: "GET", path: "/v1/events", as: "access2", status: 200, proves: []string{"ECOEVENTS-12", "ECOEVENTS-26"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "29 days and 23:59:59 later the new one has its own thirty days; no header this time", advance: 30*24*time.Hour - time.Second,
					method: "POST", path: "/v1/auth/refresh", as: nobody, body: `{"refreshToken":"{refresh2}"}`, status: 200,
					proves: []string{"ECOEVENTS-26", "ECOEVENTS-61", "ECOEVENTS-G02", "ECOEVENTS-X01", "COMMON-01"},
					keep:   kept{"access3": "/accessToken", "refresh3": "/refreshToken"}, wants: seen{"": entries(4), "/refreshToken": other("{refresh2}")},
				},
				{
					tells: "after thirty days", advance: 30 * 24 * time.Hour, method: "POST", path: "/v1/auth/refresh", as: nobody,
					body: `{"refreshToken":"{refresh3}"}`, status: 401, proves: []string{"ECOEVENTS-61", "ECOEVENTS-G01", "COMMON-01"},
					wants: seen{"/error/code": "refresh_token_expired"},
				},
				{
					tells: "logging in again helps", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200, proves: []string{"ECOEVENTS-64"},
					keep: kept{"access4": "/accessToken", "refresh4": "/refreshToken"}, wants: seen{"": entries(4)},
				},
				{
					tells: "and its refresh token works", method: "POST", path: "/v1/auth/refresh", as: nobody, body: `{"refreshToken":"{refresh4}"}`, status: 200,
					proves: []string{"ECOEVENTS-64"}, keep: kept{"refresh5": "/refreshToken", "access5": "/accessToken"}, wants: seen{"": entries(4)},
				},
				{
					tells: "a used one is refused", method: "POST", path: "/v1/auth/refresh", as: nobody, body: `{"refreshToken":"{refresh4}"}`, status: 401,
					proves: []string{"ECOEVENTS-62", "ECOEVENTS-G03", "ECOEVENTS-G01"}, wants: seen{"/error/code": "refresh_token_used"},
				},
				{
					tells: "and ends its family", method: "POST", path: "/v1/auth/refresh", as: nobody, body: `{"refreshToken":"{refresh5}"}`, status: 401,
					proves: []string{"ECOEVENTS-G03", "ECOEVENTS-G01"}, wants: seen{"/error/code": "refresh_token_revoked"},
				},
				{
					tells: "access tokens stay good", method: "GET", path: "/v1/events", as: "access5", status: 200, proves: []string{"ECOEVENTS-G03"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "one that nobody issued", method: "POST", path: "/v1/auth/refresh", as: nobody, body: `{"refreshToken":"rt_aaaaaaaaaaaaaaaaaaaa"}`,
					status: 401, proves: []string{"ECOEVENTS-G08"}, wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "a refresh token opens no operation", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "Bearer {refresh4}"},
					status: 401, proves: []string{"ECOEVENTS-29"}, wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "log in once more", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200, keep: kept{"refresh": "/refreshToken"},
					wants: seen{"": entries(4)},
				},
				{
					tells: "of twenty at once exactly one wins", method: "POST", path: "/v1/auth/refresh", as: nobody, body: refreshBody,
					proves: []string{"ECOEVENTS-62"}, crowd: &crowd{times: 20, atOnce: 20, answers: map[int]int{200: 1, 401: 19}},
				},
			},
		},
		{
			contract: "ecoevents", tells: "a changed password",
			steps: []step{
				{
					tells: "log in", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200,
					keep: kept{"access": "/accessToken", "refresh": "/refreshToken"}, wants: seen{"": entries(4)},
				},
				{
					tells: "a second login does not end the first", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200,
					proves: []string{"ECOEVENTS-G04"}, keep: kept{"refresh2": "/refreshToken"}, wants: seen{"": entries(4)},
				},
				{
					tells: "whose token works", method: "GET", path: "/v1/events", as: "access", status: 200, proves: []string{"ECOEVENTS-G04"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "change the password", advance: time.Minute, to: management, method: "POST", path: "/users/usr_4m2k8p0q6r/password",
					body: `{"password":"another-long-password"}`, status: 200, proves: []string{"ECOEVENTS-63"},
					wants: seen{"/password_at": like(`^2026-03-02T09:01:00`)},
				},
				{
					tells: "the first refresh token has ended", method: "POST", path: "/v1/auth/refresh", as: nobody, body: refreshBody, status: 401,
					proves: []string{"ECOEVENTS-63", "ECOEVENTS-G01"}, wants: seen{"/error/code": "refresh_token_revoked"},
				},
				{
					tells: "and the second", method: "POST", path: "/v1/auth/refresh", as: nobody, body: `{"refreshToken":"{refresh2}"}`, status: 401,
					proves: []string{"ECOEVENTS-63"}, wants: seen{"/error/code": "refresh_token_revoked"},
				},
				{
					tells: "access tokens live on", method: "GET", path: "/v1/events", as: "access", status: 200, proves: []string{"ECOEVENTS-G04"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "the old password is wrong", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 401, proves: []string{"ECOEVENTS-63"},
					wants: seen{"/accessToken": absent},
				},
				{
					tells: "the new one is right", method: "POST", path: "/v1/auth/login",
					body: `{"email":"{ECOEVENTS_USER_EMAIL}","password":"another-long-password"}`, status: 200, proves: []string{"ECOEVENTS-63", "ECOEVENTS-64"},
					keep: kept{"refresh": "/refreshToken"}, wants: seen{"": entries(4)},
				},
				{
					tells: "and its refresh token works", method: "POST", path: "/v1/auth/refresh", as: nobody, body: refreshBody, status: 200,
					proves: []string{"ECOEVENTS-64"}, wants: seen{"": entries(4)},
				},
			},
		},
	}
}
