output "arn" {
  description = "The secret's ARN."
  value       = secretsportal_secret.this.arn
}

output "name" {
  description = "The secret's name."
  value       = secretsportal_secret.this.name
}

output "version_id" {
  description = "The version that Terraform put; null where it put none. A rotation makes another one current."
  value       = one(secretsportal_secret_version.this[*].version_id)
}

output "next_windows" {
  description = "The next five rotation windows; null without a rotation."
  value       = one(secretsportal_secret_rotation.this[*].next_windows)
}
