output "arn" {
  description = "The ARN of the application's secret."
  value       = module.application.arn
}

output "master_arn" {
  description = "The ARN of the master's secret; null where there is none."
  value       = one(module.master[*].arn)
}

output "next_windows" {
  description = "The next five windows in which the application's password is rotated."
  value       = module.application.next_windows
}
