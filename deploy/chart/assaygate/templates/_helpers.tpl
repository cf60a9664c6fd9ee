{{- define "assaygate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "assaygate.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "assaygate.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "assaygate.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "assaygate.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "assaygate.serviceAccount" -}}
{{- if not (or .Values.serviceAccount.create .Values.serviceAccount.name) -}}
{{ fail "serviceAccount.name is needed with serviceAccount.create=false: the account that the gate runs as" }}
{{- end -}}
{{- default (include "assaygate.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{/* Labels or annotations in YAML, the later over the earlier; nothing where there are none. */}}
{{- define "assaygate.merged" -}}
{{- $all := dict }}
{{- range . }}{{ $all = mergeOverwrite $all (deepCopy (default dict .)) }}{{ end }}
{{- with $all }}{{ toYaml . }}{{ end }}
{{- end }}

{{/* The metadata of an object in the gate's namespace, or, with `cluster`, in none. */}}
{{- define "assaygate.metadata" -}}
name: {{ default (include "assaygate.fullname" .root) .name }}
{{- if not .cluster }}
namespace: {{ default (include "assaygate.namespace" .root) .namespace }}
{{- end }}
labels:
  {{- include "assaygate.merged" (list (include "assaygate.labels" .root | fromYaml) .labels) | nindent 2 }}
{{- with include "assaygate.merged" (list .root.Values.commonAnnotations .annotations) }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "assaygate.selector" -}}
app.kubernetes.io/name: {{ include "assaygate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "assaygate.labels" -}}
{{ include "assaygate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: assaygate
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* A registry that is set takes the place of the one in the repository, where that begins with one. */}}
{{- define "assaygate.image" -}}
{{- $repository := .Values.image.repository }}
{{- with default .Values.global.imageRegistry .Values.image.registry }}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" $repository "") }}
{{- end }}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{- define "assaygate.imagePullSecrets" -}}
{{- with uniq (concat (default list .Values.global.imagePullSecrets) .Values.imagePullSecrets) }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* OpenShift gives each namespace ids of its own, and refuses others. */}}
{{- define "assaygate.podSecurityContext" -}}
{{- $context := deepCopy .Values.podSecurityContext }}
{{- if or (eq .Values.certificates.mode "openshift") (.Capabilities.APIVersions.Has "security.openshift.io/v1") }}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" }}
{{- end }}
{{- range $key, $value := $context }}{{ if kindIs "invalid" $value }}{{ $context = omit $context $key }}{{ end }}{{ end }}
{{- toYaml $context }}
{{- end }}

{{/* The ports of the configuration, by the names that container, Service, probes and network policy know them by. */}}
{{- define "assaygate.ports" -}}
{{- $config := include "assaygate.config" . | fromYaml }}
{{- $ports := dict "webhook" (int $config.listen.port) "health" (int $config.health.port) }}
{{- if $config.metrics }}{{ $_ := set $ports "metrics" (int (default 9090 $config.metrics.port)) }}{{ end }}
{{- range $name, $setting := dict "webhook" "listen" "health" "health" "metrics" "metrics" }}
{{- if hasKey $ports $name }}
{{- if not (get $ports $name) }}
{{- fail (printf "config.%s.port: 0 takes any free port, and nothing could follow it: give a number" $setting) }}
{{- end }}
{{- if has (get $config $setting).host (list "127.0.0.1" "::1" "localhost") }}
{{- fail (printf "config.%s.host: nothing outside the pod reaches this address: leave it out, or give ::" $setting) }}
{{- end }}
{{- end }}
{{- end }}
{{- if ne (len (uniq (values $ports))) (len $ports) }}
{{- fail "config: listen, health and metrics need a port each: give them different numbers" }}
{{- end }}
{{- toYaml $ports }}
{{- end }}

{{/* Where /metrics is: a port of its own, or the health port. */}}
{{- define "assaygate.metricsPort" -}}
{{- hasKey (include "assaygate.ports" . | fromYaml) "metrics" | ternary "metrics" "health" }}
{{- end }}

{{/* The Secret with tls.crt and tls.key. The gate itself writes it in mode selfManaged. */}}
{{- define "assaygate.tlsSecret" -}}
{{- if eq .Values.certificates.mode "secret" -}}
{{ required "certificates.secret.name is needed with certificates.mode=secret" .Values.certificates.secret.name }}
{{- else -}}
{{ include "assaygate.fullname" . }}-tls
{{- end }}
{{- end }}

{{- define "assaygate.hasPolicyFiles" -}}
{{- if or .Values.policies.files .Values.policies.existingConfigMap }}true{{ end }}
{{- end }}

{{- define "assaygate.policyConfigMap" -}}
{{- default (printf "%s-policies" (include "assaygate.fullname" .)) .Values.policies.existingConfigMap }}
{{- end }}

{{- define "assaygate.priorityClass" -}}
{{- if .Values.priorityClass.create }}{{ default (include "assaygate.fullname" .) .Values.priorityClass.name }}{{ else }}{{ .Values.priorityClass.name }}{{ end }}
{{- end }}

{{/* The gate's configuration: what the chart knows, and over it what the user says. */}}
{{- define "assaygate.config" -}}
{{- $config := dict
  "listen" (dict "port" 8443)
  "health" (dict "port" 8080)
  "drainMs" 5000
  "cluster" (dict
    "policies" .Values.policies.customResources
    "status" .Values.policies.customResources
    "claims" .Values.rbac.resourceClaims
    "configMaps" .Values.rbac.configMaps
    "events" .Values.events.enabled
    "lease" (dict "namespace" (include "assaygate.namespace" .) "name" (include "assaygate.fullname" .))) }}
{{- if or .Values.audit.enabled (hasKey .Values.config "audit") }}
{{- $_ := set $config "audit" (dict
  "excludedNamespaces" (include "assaygate.excludedNamespaces" . | fromYamlArray)
  "lease" (dict
    "namespace" (include "assaygate.namespace" .)
    "name" (printf "%s-audit" (include "assaygate.fullname" .)))) }}
{{- end }}
{{- if .Values.webhooks.guard.enabled }}
{{- $_ := set $config "guard" (dict "groups" .Values.webhooks.guard.groups "users" .Values.webhooks.guard.users) }}
{{- end }}
{{- if include "assaygate.hasPolicyFiles" . }}
{{- $_ := set $config "policies" (dict "directory" "/etc/assaygate/policies") }}
{{- end }}
{{- if eq .Values.certificates.mode "selfManaged" }}
{{- $fullname := include "assaygate.fullname" . }}
{{- $_ := set $config "tls" (dict "selfManaged" (dict
  "namespace" (include "assaygate.namespace" .)
  "service" $fullname
  "secret" (include "assaygate.tlsSecret" .)
  "lease" (printf "%s-certificates" $fullname)
  "webhookConfigurations" (list $fullname))) }}
{{- else }}
{{- $_ := set $config "tls" (dict "certFile" "/etc/assaygate/tls/tls.crt" "keyFile" "/etc/assaygate/tls/tls.key") }}
{{- end }}
{{- if .Values.registry.credentialsSecret }}
{{- $_ := set $config "credentials" (dict "dockerConfigFile" "/etc/assaygate/registry/.dockerconfigjson") }}
{{- end }}
{{- if .Values.registry.caBundle.configMap }}
{{- $_ := set $config "caFile" (printf "/etc/assaygate/ca/%s" .Values.registry.caBundle.key) }}
{{- end }}
{{- toYaml (mergeOverwrite $config (deepCopy .Values.config)) }}
{{- end }}

{{/* The ports of the API server, of registries, and of the proxies before them. */}}
{{- define "assaygate.egressPorts" -}}
{{- $config := include "assaygate.config" . | fromYaml }}
{{- $proxy := default dict $config.proxy }}
{{- $urls := list .Values.https_proxy .Values.http_proxy $proxy.https $proxy.http }}
{{- range default list $config.registries }}
{{- $urls = concat $urls (list .proxy (default dict .mirror).proxy) }}
{{- end }}
{{- $ports := .Values.networkPolicy.egressPorts }}
{{- range $urls }}
{{- if and . (ne . "None") }}
{{- $given := trimPrefix ":" (regexFind ":[0-9]+$" (trimSuffix "/" .)) }}
{{- $ports = append $ports (int (default (hasPrefix "https:" . | ternary "443" "80") $given)) }}
{{- end }}
{{- end }}
{{- range $ports }}
- { port: {{ int . }}, protocol: TCP }
{{- end }}
{{- end }}

{{/* Namespaces that are never judged: the chosen ones, the gate's own, and cert-manager's where it makes the certificate. */}}
{{- define "assaygate.excludedNamespaces" -}}
{{- $names := append .Values.webhooks.excludedNamespaces (include "assaygate.namespace" .) }}
{{- if eq .Values.certificates.mode "certManager" }}
{{- $names = append $names .Values.certificates.certManager.namespace }}
{{- end }}
{{- toYaml (uniq $names) }}
{{- end }}

{{- define "assaygate.gracePeriodSeconds" -}}
{{- $drainMs := (include "assaygate.config" . | fromYaml).drainMs | int }}
{{- $timeout := max (int .Values.webhooks.gate.timeoutSeconds) (int .Values.webhooks.policy.timeoutSeconds) (int .Values.webhooks.guard.timeoutSeconds) }}
{{- $needed := add (int .Values.preStopSeconds) (div (add $drainMs 999) 1000) $timeout 10 }}
{{- $wanted := int (default $needed .Values.terminationGracePeriodSeconds) }}
{{- if lt $wanted (int $needed) }}
{{- fail (printf "terminationGracePeriodSeconds: reviews under way need %d: leave it out, or make preStopSeconds, config.drainMs or the timeouts shorter" $needed) }}
{{- end }}
{{- $wanted }}
{{- end }}

{{- define "assaygate.memoryLimitText" -}}
{{- $limit := (default dict .Values.resources.limits).memory | default "" }}
{{- kindIs "string" $limit | ternary $limit (printf "%.0f" (float64 $limit)) }}
{{- end }}

{{/*
Bytes of the memory limit, 0 for none: a limit that is read as another one would let Node's heap outgrow it.
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
*/}}
{{- define "assaygate.memoryLimit" -}}
{{- $text := include "assaygate.memoryLimitText" . | trimPrefix "+" }}
{{- $units := dict "" 1.0 "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0 }}
{{- $number := regexFind "^([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?" $text }}
{{- $unit := trimPrefix $number $text }}
{{- if and $text (or (not $number) (not (hasKey $units $unit)) (and (regexMatch "[eE]" $number) $unit)) }}
{{- fail (printf "resources.limits.memory: %s is not a quantity such as 768Mi" $text) }}
{{- end }}
{{- printf "%.0f" (mulf (float64 $number) (get $units $unit)) }}
{{- end }}

{{/* Of the memory limit, two thirds are for Node's heap. Without a limit, as by default. */}}
{{- define "assaygate.maxHeapMiB" -}}
{{- $bytes := include "assaygate.memoryLimit" . | float64 }}
{{- $fits := ternary (int (divf $bytes 1572864)) 512 (gt $bytes 0.0) }}
{{- $heap := int (default $fits .Values.maxHeapMiB) }}
{{- $text := include "assaygate.memoryLimitText" . }}
{{- if lt $fits 64 }}
{{- fail (printf "resources.limits.memory: %s leaves %d MiB for Node's heap, less than the 64 of maxHeapMiB: give at least 96Mi" $text $fits) }}
{{- end }}
{{- if and (gt $bytes 0.0) (gt (mulf $heap 1398101) $bytes) }}
{{- fail (printf "maxHeapMiB: %d MiB of heap leave too little of resources.limits.memory, %s: leave it out, or give at most %d" $heap $text $fits) }}
{{- end }}
{{- $heap }}
{{- end }}

{{/*
How the API server reaches a path. The authority is rendered only where nobody else puts it there: a caBundle in the
template would wipe, at each upgrade, the one that the gate, cert-manager or OpenShift has written.
*/}}
{{- define "assaygate.clientConfig" -}}
service:
  namespace: {{ include "assaygate.namespace" .root }}
  name: {{ include "assaygate.fullname" .root }}
  path: {{ .path }}
  port: {{ .root.Values.service.port }}
{{- if eq .root.Values.certificates.mode "secret" }}
caBundle: {{ required "certificates.secret.caBundle is needed with certificates.mode=secret" .root.Values.certificates.secret.caBundle }}
{{- end }}
{{- end }}

{{/*
The namespace selector of a webhook. Where somebody else has added expressions to it, with keys that are kept, the whole
is rendered as it stands in the cluster: the selector is one value to the API server, and two writers of different
values are a conflict.
*/}}
{{- define "assaygate.namespaceSelector" -}}
{{- $selector := .selector }}
{{- $configuration := lookup "admissionregistration.k8s.io/v1" "ValidatingWebhookConfiguration" "" (include "assaygate.fullname" .root) }}
{{- range default list $configuration.webhooks }}
{{- if eq .name $.webhook }}
{{- $live := default dict .namespaceSelector }}
{{- $ours := list }}
{{- $foreign := list }}
{{- range default list $live.matchExpressions }}
{{- if and (has .key $.root.Values.webhooks.keptSelectorKeys) (not (has . $.selector.matchExpressions)) }}
{{- $foreign = append $foreign . }}
{{- else }}
{{- $ours = append $ours . }}
{{- end }}
{{- end }}
{{- if $foreign }}
{{- if eq (toJson $ours) (toJson $.selector.matchExpressions) }}
{{- $selector = merge (dict "matchExpressions" $live.matchExpressions) $.selector }}
{{- else }}
{{- $selector = merge (dict "matchExpressions" (concat $.selector.matchExpressions $foreign)) $.selector }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml $selector }}
{{- end }}
