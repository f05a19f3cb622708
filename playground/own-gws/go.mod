module playground/own-gws

go 1.24

require (
	github.com/lxzan/gws v1.8.9
	playground v0.0.0
)

replace playground => ../base/go/playground
