using System.Text.Json;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secret_policy</c>: the resource policy of a secret.</summary>
internal sealed class SecretPolicyResource : ManagedResource
{
    private static readonly Schema s_schema = new(0, "The resource policy of a secret: who may do what with it, beside the policies of those who ask.",
    [
        new("id", Presence.Computed, "The secret's ARN.") { Type = TfType.Text, KeptOnUpdate = true },
        new("secret_id", Presence.Required, "The secret's ARN or name.") { Type = TfType.Text, IsSecret = true, ReplaceOnChange = true, Validators = [Validators.Id] },
        new("policy", Presence.Required, "The policy in IAM's JSON. Checked in the plan as the portal checks it.")
        {
            Type = TfType.Text, IsJson = true, Validators = [Validators.ResourcePolicy],
        },
        new("block_public_policy", Presence.OptionalComputed, "Refuse a policy that lets everybody in. Default true.")
        {
            Type = TfType.Flag, IsBehaviour = true, Default = TfValue.Of(true),
        },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret_policy";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string ImportId => "the secret's name or ARN";

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_secret_policy" "api" {
          secret_id = secretsportal_secret.api.id
          policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{
              Effect    = "Allow"
              Principal = { AWS = secretsportal_client.orders.arn }
              Action    = "secretsmanager:GetSecretValue"
              Resource  = "*"
            }]
          })
        }
        """;

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(ResourceCall call, TfObject state)
    {
        try
        {
            return await call.Portal.GetResourcePolicyAsync(state.Text("secret_id")!, call.Stop) is { ResourcePolicy: { } policy } found
                ? StateOf(found.Arn, policy, state)
                : null;
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        try
        {
            var put = await call.Portal.PutResourcePolicyAsync(
                new PutResourcePolicyRequest
                {
                    SecretId = planned.Text("secret_id")!,
                    ResourcePolicy = planned.Text("policy")!,
                    BlockPublicPolicy = planned.Flag("block_public_policy") ?? true,
                },
                call.Stop);
            return planned.With("id", TfValue.Of(put.Arn));
        }
        catch (PortalApiException e) when (e.Code is "MalformedPolicyDocumentException" or "PublicPolicyException")
        {
            throw e.For("Setting the resource policy", AttributePath.Of("policy"));
        }
    }

    /// <inheritdoc/>
    public override Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config) => CreateAsync(call, planned, config);

    /// <inheritdoc/>
    public override async Task DeleteAsync(ResourceCall call, TfObject state)
    {
        try
        {
            await call.Portal.DeleteResourcePolicyAsync(state.Text("secret_id")!, call.Stop);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            // Without its secret there is no policy either.
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(ResourceCall call, string id) =>
        await ReadAsync(call, TfObject.Empty.With("secret_id", TfValue.Of(id)).With("block_public_policy", TfValue.Of(true)))
        ?? throw new DiagnosticException($"The secret {id} has no resource policy", "Only a policy that is there can be imported.");

    /// <inheritdoc/>
    public override TfObject? MoveFrom(string typeName, JsonElement state) => typeName == "aws_secretsmanager_secret_policy"
        ? TfObject.Empty
            .With("id", TfValue.Of(ForeignState.SecretId(state, "secret_arn")))
            .With("secret_id", TfValue.Of(ForeignState.SecretId(state, "secret_arn")))
            .With("policy", TfValue.Of(ForeignState.Text(state, "policy")))
            .With("block_public_policy", TfValue.Of(true))
        : null;

    private static TfObject StateOf(string arn, string policy, TfObject known) =>
        known.With("id", TfValue.Of(arn)).With("policy", AdminJson.Settle(s_schema.Attributes[2], known["policy"], TfValue.Of(policy)));
}
