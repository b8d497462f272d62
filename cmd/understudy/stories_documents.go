package main

import (
	"fmt"
	"strings"
)

// The size of the API that ECOSIRE tells of: a description that large has to load and route.
const (
	manyOperations = 818
	manyModules    = 57
)

// documentStories are about descriptions that users bring themselves.
func documentStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "a description of the documented size", setting: setting{made: largeDescription, overlay: servedDescription},
			steps: []step{
				{
					tells: "each of its operations is reached", as: nobody, tour: &tour{}, status: 200, proves: []string{"ECOSIRE-03", "ECOSIRE-X07"},
					wants: seen{"/operation": like(`^operation\d+$`)},
				},
				{
					tells: "its first operation, and not another one", method: "GET", path: "/modules/1/parts/1", as: nobody, status: 200, proves: []string{"ECOSIRE-03"},
					wants: seen{"/operation": "operation1", "/module": "Module 1"},
				},
				{
					tells: "and its last", method: "GET", path: fmt.Sprintf("/modules/%d/parts/%d", manyModules, (manyOperations-1)/manyModules), as: nobody, status: 200, proves: []string{"ECOSIRE-03"},
					wants: seen{"/operation": like(`^operation\d+$`), "/module": fmt.Sprintf("Module %d", manyModules)},
				},
				{
					tells: "what it does not have is not there", method: "GET", path: "/modules/58/parts/1", as: nobody, status: 404, proves: []string{"ECOSIRE-03"}, wants: seen{"": like(`.`)},
				},
				{
					tells: "the description keeps its modules, as tags and at each operation", method: "GET", path: "/openapi.json", as: nobody, status: 200, proves: []string{"ECOSIRE-04", "ECOSIRE-06"},
					wants: seen{
						"text": describes(manyOperations), "/tags": entries(manyModules), "/tags/0/name": "Module 1", "/paths/~1modules~11~1parts~11/get/tags/0": "Module 1",
						"/servers/0/url": like(`^http://127\.0\.0\.1:\d+/api$`),
					},
				},
				{
					tells: "and the page shows them by module", method: "GET", path: "/docs", as: nobody, status: 200, proves: []string{"ECOSIRE-04"},
					wants: seen{"text": all{has(`"/api/openapi.json"`), has("swagger-ui")}},
				},
			},
		},
		{
			contract: "eckospace", tells: "the user's own description in place of the built-in one", setting: setting{document: ownEckoSpace},
			steps: []step{
				{
					tells: "a route that only it has", method: "GET", path: "/api/groups", as: nobody, status: 200, proves: []string{"ECKOSPACE-11"}, wants: seen{"/groups": like(`.`)},
				},
				{
					tells: "one that only the built-in description has is not there", method: "GET", path: "/api/posts", as: nobody, status: 404, proves: []string{"ECKOSPACE-11"},
					wants: seen{"": like(`.`)},
				},
			},
		},
	}
}

// largeDescription makes a description with as many operations and modules as ECOSIRE tells of.
func largeDescription() string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\ninfo: {title: ECOSIRE API, version: 1.0.0}\nservers: [{url: https://api.ecosire.com/api}]\ntags:\n")
	for module := range manyModules {
		fmt.Fprintf(&b, "  - {name: Module %d}\n", module+1)
	}
	b.WriteString("paths:\n")
	for n := range manyOperations {
		module, part := n%manyModules+1, n/manyModules+1
		fmt.Fprintf(&b, "  /modules/%d/parts/%d:\n    get:\n      operationId: operation%d\n      tags: [Module %d]\n      responses:\n        \"200\":\n          description: What it is.\n"+
			"          content: {application/json: {example: {operation: operation%d, module: Module %d}}}\n", module, part, n+1, module, n+1, module)
	}
	return b.String()
}

const servedDescription = `overlay: 1.1.0
info: {title: A large description is served, version: 1.0.0}
actions:
  - target: $
    update:
      x-understudy: {serve: {description: /openapi.json, page: /docs}}
`

const ownEckoSpace = `openapi: 3.1.0
info: {title: EckoSpace of ours, version: 1.0.0}
servers: [{url: https://eckospace.example}]
paths:
  /api/groups:
    get:
      operationId: listGroups
      responses:
        "200": {description: All of them., content: {application/json: {example: {groups: "three"}}}}
`
