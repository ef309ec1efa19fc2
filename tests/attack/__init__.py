"""What a hostile client would send, each with how it must be answered: in `make test` in the test's process, in
`make attack` over a served one, with what it cost."""
