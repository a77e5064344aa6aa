# Inputs of the module.

variable "zip" {
  type        = string
  description = "The path of dist/issuer.zip of cwii."
}

variable "cluster" {
  type        = string
  description = "The cluster's name, as in the webhook's module."
}

variable "issuer" {
  type        = string
  default     = null
  description = "The API server's `--service-account-issuer`: https://HOST[/PATH]. Leave it out in the first apply if HOST is to be CloudFront's own name."
  validation {
    condition     = var.issuer == null || can(regex("^https://[^/]+(/.*[^/])?$", var.issuer))
    error_message = "Write a URL that begins with https:// and does not end with a slash."
  }
}

variable "certificate_arn" {
  type        = string
  default     = null
  description = "An ACM certificate in us-east-1 for the issuer's host, if the host is on your own domain. The DNS records are yours."
}

variable "api_url" {
  type        = string
  description = "The API server as the function reaches it: https://HOST[:PORT]."
}

variable "api_ca" {
  type        = string
  default     = null
  description = "The API server's certificate authorities, in PEM. Default: the public roots."
}

variable "web_identity_audience" {
  type        = string
  default     = null
  description = "The audience of the function's token for the API server. Default: cwii:CLUSTER."
}

variable "audiences" {
  type        = list(string)
  default     = ["sts.amazonaws.com"]
  description = "The audiences of the pods' tokens that the identity provider accepts."
}

variable "thumbprints" {
  type        = list(string)
  default     = []
  description = "SHA-1 fingerprints of the last certificate in the chain of the issuer's host. Default: IAM fetches the certificate."
}

variable "interval_minutes" {
  type        = number
  default     = 5
  description = "How often the documents are copied."
  validation {
    condition     = var.interval_minutes >= 2 && var.interval_minutes <= 360
    error_message = "Write 2 to 360 minutes."
  }
}

variable "key_grace_seconds" {
  type        = number
  default     = 172800
  description = "How long a key stays published after the cluster has removed it: at least as long as tokens live."
}

variable "log_retention_days" {
  type        = number
  default     = 90
  description = "How long log entries are kept."
}

variable "alarm_actions" {
  type        = list(string)
  default     = []
  description = "ARNs that are notified if the keys are not published."
}
