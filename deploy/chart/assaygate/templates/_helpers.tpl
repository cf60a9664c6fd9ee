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

{{- define "assaygate.serviceAccount" -}}
{{- default (include "assaygate.fullname" .) .Values.serviceAccount.name }}
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

{{- define "assaygate.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
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
    "lease" (dict "namespace" .Release.Namespace "name" (include "assaygate.fullname" .))) }}
{{- if .Values.webhooks.guard.enabled }}
{{- $_ := set $config "guard" (dict "groups" .Values.webhooks.guard.groups "users" .Values.webhooks.guard.users) }}
{{- end }}
{{- if include "assaygate.hasPolicyFiles" . }}
{{- $_ := set $config "policies" (dict "directory" "/etc/assaygate/policies") }}
{{- end }}
{{- if eq .Values.certificates.mode "selfManaged" }}
{{- $fullname := include "assaygate.fullname" . }}
{{- $_ := set $config "tls" (dict "selfManaged" (dict
  "namespace" .Release.Namespace
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
{{- toYaml (mergeOverwrite $config (deepCopy .Values.config)) }}
{{- end }}

{{/* Namespaces that are never judged: the chosen ones, the gate's own, and cert-manager's where it makes the certificate. */}}
{{- define "assaygate.excludedNamespaces" -}}
{{- $names := append .Values.webhooks.excludedNamespaces .Release.Namespace }}
{{- if eq .Values.certificates.mode "certManager" }}
{{- $names = append $names .Values.certificates.certManager.namespace }}
{{- end }}
{{- toYaml (uniq $names) }}
{{- end }}

{{- define "assaygate.gracePeriodSeconds" -}}
{{- $drainMs := (include "assaygate.config" . | fromYaml).drainMs | int }}
{{- $timeout := max (int .Values.webhooks.gate.timeoutSeconds) (int .Values.webhooks.policy.timeoutSeconds) (int .Values.webhooks.guard.timeoutSeconds) }}
{{- add (int .Values.preStopSeconds) (div (add $drainMs 999) 1000) $timeout 10 }}
{{- end }}

{{/*
How the API server reaches a path. The authority is rendered only where nobody else puts it there: a caBundle in the
template would wipe, at each upgrade, the one that the gate, cert-manager or OpenShift has written.
*/}}
{{- define "assaygate.clientConfig" -}}
service:
  namespace: {{ .root.Release.Namespace }}
  name: {{ include "assaygate.fullname" .root }}
  path: {{ .path }}
  port: 443
{{- if eq .root.Values.certificates.mode "secret" }}
caBundle: {{ required "certificates.secret.caBundle is needed with certificates.mode=secret" .root.Values.certificates.secret.caBundle }}
{{- end }}
{{- end }}
