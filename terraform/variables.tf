# Inputs of the module.

variable "zip" {
  type        = string
  description = "The path of dist/webhook.zip of cwii."
}

variable "cluster" {
  type        = string
  description = "The cluster's name, in logs and metrics, and in the names of the resources."
  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.cluster))
    error_message = "Write lower-case letters, digits and hyphens, with a letter or digit at both ends."
  }
}

variable "api_url" {
  type        = string
  description = "The API server as the function reaches it: https://HOST[:PORT]."
  validation {
    condition     = can(regex("^https://.+", var.api_url))
    error_message = "Write a URL that begins with https://."
  }
}

variable "api_ca" {
  type        = string
  default     = null
  description = "The API server's certificate authorities, in PEM. Default: the public roots."
}

variable "caller_token_sha256" {
  type        = list(string)
  description = "SHA-256 digests of the caller token in hex (`cwii caller-token`): one, and two during a rotation."
  validation {
    condition = (
      length(var.caller_token_sha256) > 0 && length(var.caller_token_sha256) <= 2 &&
      alltrue([for digest in var.caller_token_sha256 : can(regex("^[0-9a-f]{64}$", digest))])
    )
    error_message = "Write one or two digests of 64 lower-case hex digits."
  }
}

variable "credential" {
  type = object({
    web_identity_audience = optional(string)
    secret_arn            = optional(string)
    eks_cluster_id        = optional(string)
  })
  default     = {}
  description = "How the function authenticates to the API server: one of the three. Default: web identity with the audience cwii:CLUSTER."
  validation {
    condition     = length([for value in values(var.credential) : value if value != null]) <= 1
    error_message = "Set one of web_identity_audience, secret_arn and eks_cluster_id."
  }
}

variable "settings" {
  type        = map(string)
  default     = {}
  description = "Further settings by their names in docs/configuration.md. All variables together have at most 4 KB as JSON."
}

variable "webhook_timeout_seconds" {
  type        = number
  default     = 5
  description = "`timeoutSeconds` of the webhook's configuration. The function's timeout is a second shorter."
  validation {
    condition     = var.webhook_timeout_seconds >= 2 && var.webhook_timeout_seconds <= 30
    error_message = "Kubernetes accepts at most 30 seconds, and the function needs one second less."
  }
}

variable "reserved_concurrency" {
  type        = number
  default     = 50
  description = "How many requests are handled at the same time. -1 reserves none, for accounts with a low limit."
}

variable "memory_mib" {
  type        = number
  default     = 512
  description = "The memory of the function. Lambda allocates CPU in proportion."
}

variable "log_retention_days" {
  type        = number
  default     = 90
  description = "How long log entries are kept."
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "The permissions boundary of the function's role."
}

variable "alarm_actions" {
  type        = list(string)
  default     = []
  description = "ARNs that are notified about alarms, such as an SNS topic."
}

variable "enable_outbound_web_identity_federation" {
  type        = bool
  default     = false
  description = "Enables outbound web identity federation, once in an account, for the credential web identity."
}
