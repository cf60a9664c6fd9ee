module assaygate.dev/test-components/report-definitions

go 1.25.0

require (
	github.com/kyverno/kyverno v1.19.1
	github.com/openreports/reports-api v0.2.1
)
