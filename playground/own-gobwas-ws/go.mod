module playground/own-gobwas-ws

go 1.24

require (
	github.com/gobwas/ws v1.4.0
	playground v0.0.0
)

replace playground => ../base/go/playground
