project = "A manual"
