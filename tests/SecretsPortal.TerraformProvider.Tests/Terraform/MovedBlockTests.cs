using System.Text.Json;
using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>
/// moved blocks from the provider for AWS, with the real Terraform: a state as that one leaves it, and secrets of the same names on the portal. Terraform
/// wants a provider of that name to be installed, and asks it for nothing but schemas, so ours stands in for it.
/// </summary>
public sealed class MovedBlockTests(PortalFixture fixture) : IDisposable
{
    private const string Arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/all-AbCdEf";

    private const string Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"secretsmanager:DeleteSecret","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}""";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_was_declared_for_AWS_is_the_portals_without_a_change()
    {
        var client = fixture.Client;
        await client.CreateSecretAsync(
            new CreateSecretRequest { Name = "moved/all", ClientRequestToken = client.NewToken(), Description = "moved", Tags = [new SecretTag { Key = "team", Value = "a" }] }, default);
        await fixture.Put("moved/all", "of the portal");
        await client.PutResourcePolicyAsync(new PutResourcePolicyRequest { SecretId = "moved/all", ResourcePolicy = Policy, BlockPublicPolicy = true }, default);
        await client.RotateSecretAsync(
            new RotateSecretRequest
            {
                SecretId = "moved/all", ClientRequestToken = client.NewToken(), RotationLambdaArn = "SecretsPortalGenerate",
                RotationRules = new WireRotationRules { AutomaticallyAfterDays = 30 }, RotateImmediately = false,
            },
            default);
        var before = await client.DescribeSecretAsync("moved/all", default);
        Install("secrets-portal/secretsportal/0.1.0", "terraform-provider-secretsportal_v0.1.0");
        Install("hashicorp/aws/5.99.0", "terraform-provider-aws_v5.99.0");
        using var terraform = new TerraformWorkspace(fixture.Portal, $$"""  filesystem_mirror { path = "{{_directory.Path}}" }""");
        await File.WriteAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), State(), TestContext.Current.CancellationToken);
        await terraform.Configure(Configuration(before.RotationLambdaArn!));

        var said = await terraform.Apply();
        Assert.True(said.Contains("0 added, 0 changed, 0 destroyed", StringComparison.Ordinal), said);
        foreach (var moved in new[] { "secret", "secret_version", "secret_rotation", "secret_policy" })
            Assert.Contains($"aws_secretsmanager_{moved}.a has moved to secretsportal_{moved}.a", said, StringComparison.Ordinal);
        Assert.Equal(before.Arn, (await terraform.Attributes("secretsportal_secret.a")).GetProperty("arn").GetString());
        Assert.Equal("of the portal", await fixture.CurrentValue("moved/all"));
        var after = await client.DescribeSecretAsync("moved/all", default);
        Assert.Equal((true, before.LastRotatedDate), (after.RotationEnabled, after.LastRotatedDate));
    }

    private void Install(string version, string program)
    {
        var platform = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "linux_arm64" : "linux_amd64";
        var folder = Directory.CreateDirectory(Path.Combine(_directory["registry.terraform.io"], version, platform));
        var file = Path.Combine(folder.FullName, program);
        File.WriteAllText(file, $"#!/bin/sh\nexec '{TerraformWorkspace.Program}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string State() => JsonSerializer.Serialize(new
    {
        version = 4, terraform_version = "1.11.0", serial = 1, lineage = "6b0b0b7e-0000-4000-8000-000000000000", outputs = new { },
        resources = new[]
        {
            Resource("secret", new { id = Arn, arn = Arn, name = "moved/all", name_prefix = "", description = "moved", kms_key_id = "", policy = "", recovery_window_in_days = 30, tags = new { team = "a" } }),
            Resource("secret_version", new { id = $"{Arn}|01a2b3c4-0000-7000-8000-000000000000", arn = Arn, secret_id = Arn, secret_string = "of AWS", version_id = "01a2b3c4-0000-7000-8000-000000000000", version_stages = new[] { "AWSCURRENT" } }),
            Resource("secret_rotation", new
            {
                id = Arn, secret_id = Arn, rotate_immediately = true, rotation_enabled = true, rotation_lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:rotate",
                rotation_rules = new[] { new { automatically_after_days = 30, duration = "", schedule_expression = "" } },
            }),
            Resource("secret_policy", new { id = Arn, secret_arn = Arn, policy = Policy, block_public_policy = (bool?)null }),
        },
    });

    private static object Resource(string type, object attributes) => new
    {
        mode = "managed", type = $"aws_secretsmanager_{type}", name = "a", provider = "provider[\"registry.terraform.io/hashicorp/aws\"]",
        instances = new[] { new { schema_version = 0, attributes } },
    };

    private static string Configuration(string function) => $$"""
        moved {
          from = aws_secretsmanager_secret.a
          to   = secretsportal_secret.a
        }
        moved {
          from = aws_secretsmanager_secret_version.a
          to   = secretsportal_secret_version.a
        }
        moved {
          from = aws_secretsmanager_secret_rotation.a
          to   = secretsportal_secret_rotation.a
        }
        moved {
          from = aws_secretsmanager_secret_policy.a
          to   = secretsportal_secret_policy.a
        }
        resource "secretsportal_secret" "a" {
          name        = "moved/all"
          description = "moved"
          tags        = { team = "a" }
        }
        resource "secretsportal_secret_version" "a" {
          secret_id     = secretsportal_secret.a.arn
          secret_string = "of AWS"
        }
        resource "secretsportal_secret_rotation" "a" {
          secret_id           = secretsportal_secret.a.arn
          rotation_lambda_arn = "{{function}}"
          rotate_immediately  = false
          rotation_rules      = { automatically_after_days = 30 }
        }
        resource "secretsportal_secret_policy" "a" {
          secret_id = secretsportal_secret.a.arn
          policy    = jsonencode({{Policy}})
        }
        """;
}
