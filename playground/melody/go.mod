module playground/melody

go 1.24

require (
	github.com/olahol/melody v1.3.0
	playground v0.0.0
)

replace playground => ../base/go/playground
