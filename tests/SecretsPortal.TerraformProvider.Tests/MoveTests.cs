using Google.Protobuf;
using SecretsPortal.TerraformProvider.Protocol;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests;

/// <summary>States of the provider for AWS, as moved blocks bring them; and states of earlier schemas. No such provider is here to make one.</summary>
public sealed class MoveTests
{
    private const string Secret = """
        {
          "arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/one-AbCdEf", "id": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/one-AbCdEf",
          "name": "moved/one", "description": "moved", "kms_key_id": "", "recovery_window_in_days": 30, "tags": {"team":"a"}
        }
        """;

    private const string Version = """
        {
          "secret_id": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/one-AbCdEf", "version_id": "01a2b3c4-0000-7000-8000-000000000000",
          "secret_string": "", "secret_string_wo_version": 3
        }
        """;

    private const string Rotation = """
        {
          "id": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/one-AbCdEf", "secret_id": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/one-AbCdEf",
          "rotate_immediately": true, "rotation_enabled": true, "rotation_lambda_arn": "arn:aws:lambda:eu-west-1:123456789012:function:rotate",
          "rotation_rules": [{"automatically_after_days": 30, "duration": "", "schedule_expression": ""}]
        }
        """;

    private const string Policy = """
        {
          "id": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/one-AbCdEf", "secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:moved/one-AbCdEf",
          "policy": "{}", "block_public_policy": null
        }
        """;

    [Fact]
    public async Task A_moved_secret_and_what_belongs_to_it_is_found_by_its_name()
    {
        await using var provider = await ProviderProcess.Start();
        using var channel = provider.Connect();
        var client = new Provider.ProviderClient(channel);
        var secret = await Move(client, "aws_secretsmanager_secret", "secretsportal_secret", Secret);
        Assert.Equal(("moved/one", "moved/one", "moved"), (secret.Text("arn"), secret.Text("name"), secret.Text("description")));
        Assert.Equal("a", secret.TextMap("tags")["team"]);
        Assert.Equal(30, secret.Number("recovery_window_in_days"));
        var version = await Move(client, "aws_secretsmanager_secret_version", "secretsportal_secret_version", Version);
        Assert.Equal(("moved/one", 3), (version.Text("secret_id"), version.Number("secret_string_wo_version")));
        Assert.True(version["secret_string"].IsNull);
        // Moved here it never rotates at once, whatever it did there; the schedule is the portal's, and comes with the next refresh.
        var rotation = await Move(client, "aws_secretsmanager_secret_rotation", "secretsportal_secret_rotation", Rotation);
        Assert.Equal(("moved/one", false), (rotation.Text("secret_id"), rotation.Flag("rotate_immediately")));
        Assert.True(rotation["rotation_lambda_arn"].IsNull);
        var policy = await Move(client, "aws_secretsmanager_secret_policy", "secretsportal_secret_policy", Policy);
        Assert.Equal(("moved/one", "{}", true), (policy.Text("secret_id"), policy.Text("policy"), policy.Flag("block_public_policy")));

        var stranger = await client.MoveResourceStateAsync(new MoveResourceState.Types.Request
        {
            SourceTypeName = "aws_s3_bucket", TargetTypeName = "secretsportal_secret", SourceState = new RawState { Json = ByteString.CopyFromUtf8("{}") },
        });
        Assert.Contains("cannot become", Assert.Single(stranger.Diagnostics).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_of_an_earlier_schema_plans_no_change_for_what_came_since()
    {
        await using var provider = await ProviderProcess.Start();
        using var channel = provider.Connect();
        var upgraded = await new Provider.ProviderClient(channel).UpgradeResourceStateAsync(new UpgradeResourceState.Types.Request
        {
            TypeName = "secretsportal_secret", Version = 0,
            RawState = new RawState { Json = ByteString.CopyFromUtf8("""{"id":"a","arn":"a","name":"n","description":null,"kms_key_id":null,"recovery_window_in_days":7,"tags":null}""") },
        });
        Assert.Empty(upgraded.Diagnostics);
        var state = upgraded.UpgradedState.ToObject(Catalog.Resources["secretsportal_secret"].Schema.Type);
        Assert.Equal((7, "fail", false), (state.Number("recovery_window_in_days"), state.Text("on_name_conflict"), state.Flag("force_overwrite_replica_secret")));
    }

    private static async Task<TfObject> Move(Provider.ProviderClient client, string from, string to, string state)
    {
        var moved = await client.MoveResourceStateAsync(new MoveResourceState.Types.Request
        {
            SourceProviderAddress = "registry.terraform.io/hashicorp/aws", SourceTypeName = from, TargetTypeName = to,
            SourceState = new RawState { Json = ByteString.CopyFromUtf8(state) },
        });
        Assert.Empty(moved.Diagnostics);
        return moved.TargetState.ToObject(Catalog.Resources[to].Schema.Type);
    }
}
