variable "name" {
  description = "The name of the application's secret; the master's has /master behind it."
  type        = string
}

variable "description" {
  description = "What the credentials are for."
  type        = string
  default     = null
}

variable "engine" {
  description = "postgres, mysql, mariadb, sqlserver, mongo or redshift."
  type        = string

  validation {
    condition     = contains(["postgres", "mysql", "mariadb", "sqlserver", "mongo", "redshift"], var.engine)
    error_message = "The engine must be one of postgres, mysql, mariadb, sqlserver, mongo and redshift."
  }
}

variable "host" {
  description = "The database server."
  type        = string
}

variable "port" {
  description = "Its port."
  type        = number
}

variable "dbname" {
  description = "The database to log in to."
  type        = string
  default     = null
}

variable "ssl" {
  description = "true: TLS, and the server's certificate is verified. require: TLS without that. false: no TLS."
  type        = string
  default     = "true"
}

variable "username" {
  description = "The application's login."
  type        = string
}

variable "password" {
  description = "Its password as of now; the first rotation replaces it. It stands in neither plan nor state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "master" {
  description = "The login that changes the application's passwords, so that two users take turns and no client is ever refused; null where the login changes its own. schedule_expression rotates the master too."
  type = object({
    username            = string
    schedule_expression = optional(string)
  })
  default = null
}

variable "master_password" {
  description = "The master's password as of now."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "schedule_expression" {
  description = "When the application's password is rotated."
  type        = string
  default     = "rate(30 days)"
}

variable "duration" {
  description = "How long a rotation window is, in hours: 2h. Null for the schedule's own."
  type        = string
  default     = null
}

variable "rotate_immediately" {
  description = "Whether a rotation follows at once. False waits for the schedule's first window."
  type        = bool
}

variable "value_version" {
  description = "A number of your own, for the first value. Later ones are the rotation's."
  type        = number
  default     = 1
}

variable "kms_key_id" {
  description = "The key that protects the values; the portal's default key where null."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of both secrets."
  type        = map(string)
  default     = null
}

variable "replicas" {
  description = "Other regions that hold a copy of the application's secret, by their names."
  type        = map(object({ kms_key_id = optional(string) }))
  default     = null
}

variable "policy" {
  description = "The resource policy of the application's secret in IAM's JSON; null for none."
  type        = string
  default     = null
}

variable "recovery_window_in_days" {
  description = "How long a destroyed secret can still be restored: 7 to 30 days, or 0 to delete it at once and for good."
  type        = number
  default     = 30
}

variable "on_name_conflict" {
  description = "What happens where a name is taken by a secret that waits for its deletion: fail, restore or replace."
  type        = string
  default     = "fail"
}
