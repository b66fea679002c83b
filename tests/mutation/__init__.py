"""Do the tests notice? Small changes to the code, one at a time, each of which some test should fail on."""
