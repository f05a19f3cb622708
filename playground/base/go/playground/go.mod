module playground

go 1.24
