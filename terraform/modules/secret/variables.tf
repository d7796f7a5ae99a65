variable "name" {
  description = "The secret's name: letters, digits and -/_+=.@!, up to 512 characters."
  type        = string
}

variable "description" {
  description = "What the secret is for."
  type        = string
  default     = null
}

variable "kms_key_id" {
  description = "The key that protects the value; the portal's default key where null."
  type        = string
  default     = null
}

variable "tags" {
  description = "The secret's tags."
  type        = map(string)
  default     = null
}

variable "recovery_window_in_days" {
  description = "How long a destroyed secret can still be restored: 7 to 30 days, or 0 to delete it at once and for good."
  type        = number
  default     = 30
}

variable "on_name_conflict" {
  description = "What happens where the name is taken by a secret that waits for its deletion: fail, restore or replace."
  type        = string
  default     = "fail"
}

variable "replicas" {
  description = "Other regions that hold a copy, by their names."
  type        = map(object({ kms_key_id = optional(string) }))
  default     = null
}

variable "policy" {
  description = "The resource policy in IAM's JSON; null for none."
  type        = string
  default     = null
}

variable "seed_once" {
  description = "True gives the secret its first value and leaves every later one alone."
  type        = bool
  default     = false
}

variable "on_value_drift" {
  description = "What a plan does where the value was changed elsewhere: keep, warn or overwrite."
  type        = string
  default     = "keep"
}

variable "value" {
  description = "The value, as text: plain, or jsonencode({…}) for keys and values and for the credentials of a database. It stands in neither plan nor state."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "value_version" {
  description = "A number of your own, set with value. Raise it to put another value: Terraform does not store the value and cannot see it change. Null leaves the secret without a value of Terraform's."
  type        = number
  default     = null

  validation {
    condition     = (var.value == null) == (var.value_version == null)
    error_message = "Set value and value_version together, or neither for a secret without a value of Terraform's."
  }
}

variable "rotation" {
  description = "How the secret is rotated; null for not at all. One of schedule_expression and automatically_after_days. Without lambda_arn and strategy the portal's built-in rotator for the engine that the value names does it."
  type = object({
    schedule_expression      = optional(string)
    automatically_after_days = optional(number)
    duration                 = optional(string)
    lambda_arn               = optional(string)
    strategy                 = optional(string)
    engine                   = optional(string)
    rotate_immediately       = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.rotation == null ? true : (var.rotation.schedule_expression == null) != (var.rotation.automatically_after_days == null)
    error_message = "Set exactly one of rotation.schedule_expression and rotation.automatically_after_days."
  }
}
