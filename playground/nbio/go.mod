module playground/nbio

go 1.24

require (
	github.com/lesismal/nbio v1.6.8
	playground v0.0.0
)

replace playground => ../base/go/playground
