# Inputs of the module.

variable "name" {
  type        = string
  description = "The name of the role."
}

variable "path" {
  type        = string
  default     = "/"
  description = "The path in the role's ARN, with slashes at both ends. Guard rails can allow one path for each namespace."
}

variable "issuer" {
  type        = string
  description = "The API server's `--service-account-issuer`, character for character."
  validation {
    condition     = can(regex("^https://[^/]+(/.*)?$", var.issuer))
    error_message = "Write a URL that begins with https://."
  }
}

variable "provider_arn" {
  type        = string
  description = "The ARN of the issuer's IAM identity provider."
}

variable "pods" {
  type        = list(object({ namespace = string, service_account = string }))
  description = "The ServiceAccounts whose pods may assume the role."
  validation {
    condition = length(var.pods) > 0 && alltrue([
      for pod in var.pods :
      can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", pod.namespace)) &&
      can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", pod.service_account))
    ])
    error_message = "Write at least one ServiceAccount, with the names of Kubernetes, without wildcards."
  }
}

variable "audience" {
  type        = string
  default     = "sts.amazonaws.com"
  description = "The audience of the pods' tokens, as in `cwii.dev/aws-audience`."
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "The permissions boundary of the role."
}

variable "max_session_seconds" {
  type        = number
  default     = 3600
  description = "The longest session of a pod's credentials."
}
