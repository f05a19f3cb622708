module playground/neffos

go 1.24

require (
	github.com/kataras/neffos v0.0.19
	playground v0.0.0
)

replace playground => ../base/go/playground
