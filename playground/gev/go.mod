module playground/gev

go 1.24

require (
	github.com/Allenxuxu/gev v0.5.0
	playground v0.0.0
)

replace playground => ../base/go/playground
