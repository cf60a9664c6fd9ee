const everything = [
  "metrics.serviceMonitor.enabled=true",
  "metrics.prometheusRule.enabled=true",
  "metrics.dashboard.enabled=true",
  "registry.credentialsSecret=pull",
  'policies.files={"production.yaml":"kind: EvaluationPolicy"}',
  'config={"noMatch":"Deny","drainMs":12000}',
  'extraVolumes=[{"name":"ca","configMap":{"name":"ca"}}]',
];

/** Settings that people choose, each as a list of values. */
export const choices: Readonly<Record<string, readonly string[]>> = {
  defaults: [],
  "first step": ["webhooks.enabled=false"],
  "cert-manager": ["certificates.mode=certManager"],
  "cert-manager with an issuer": [
    "certificates.mode=certManager",
    'certificates.certManager.issuerRef={"group":"cert-manager.io","kind":"ClusterIssuer","name":"internal"}',
  ],
  openshift: ["certificates.mode=openshift"],
  "own secret": ["certificates.mode=secret", "certificates.secret.name=mine", "certificates.secret.caBundle=Y2E="],
  "policies from files only": ["policies.customResources=false", "policies.existingConfigMap=policies"],
  "without roles and classes": ["rbac.create=false", "priorityClass.create=false", "flowSchema.create=false"],
  everything,
  "an audit": ["audit.enabled=true", "events.enabled=false", 'config={"audit":{"objectsPerSecond":5}}'],
  "an audit without reports": ["audit.enabled=true", 'config={"audit":{"reports":false}}'],
  "other ports": [
    'config={"listen":{"port":9443},"health":{"port":9080},"metrics":{"port":9090}}',
    "metrics.podMonitor.enabled=true",
    "metrics.scrapeAnnotations=true",
  ],
  "all that pods can have": [
    'topologySpreadConstraints=[{"topologyKey":"rack","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule"}]',
    'tolerations=[{"operator":"Exists"}]',
    'nodeSelector={"kubernetes.io/os":"linux"}',
    'hostAliases=[{"ip":"192.0.2.1","hostnames":["registry"]}]',
    'dnsConfig={"nameservers":["192.0.2.1"]}',
    'extraEnvFrom=[{"configMapRef":{"name":"proxy"}}]',
    'imagePullSecrets=[{"name":"pull"}]',
    'commonAnnotations={"team":"ml"}',
    "runtimeClassName=gvisor",
    "schedulerName=other",
    "dnsPolicy=Default",
  ],
  "a Service with everything": [
    'service={"type":"NodePort","nodePort":30443,"ipFamilies":["IPv6"],"ipFamilyPolicy":"SingleStack"}',
    "service.trafficDistribution=PreferClose",
    "podDisruptionBudget.minAvailable=1",
  ],
  "a company's network": [
    "https_proxy=http://proxy.example.com:3128",
    "no_proxy=.svc\\,10.0.0.0/8",
    "registry.caBundle.configMap=company-ca",
    'config={"proxy":{"https":"http://other.example.com:8080"},"explainUrl":"https://wiki.example.com/assaygate#{reason}"}',
  ],
  "what others bring": ["serviceAccount.create=false", "serviceAccount.name=mine", "autoscaling.enabled=true"],
};
