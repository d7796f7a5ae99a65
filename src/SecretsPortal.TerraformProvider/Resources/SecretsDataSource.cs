using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secrets</c>: the secrets that filters find.</summary>
internal sealed class SecretsDataSource : DataSource
{
    private static readonly string[] s_filters = ["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];

    private static readonly Schema s_schema = new(0, "The metadata of all secrets that the filters find, ordered by name; never a value.",
    [
        new("filter", Presence.Optional, "What is to be found: all filters have to match. Without any, all secrets of the region.")
        {
            IsBlock = true,
            Nesting = Nesting.List,
            Nested =
            [
                new("name", Presence.Required, $"What is looked at: {string.Join(", ", s_filters.Select(f => $"`{f}`"))}.") { Type = TfType.Text, Validators = [Validators.OneOf(s_filters)] },
                new("values", Presence.Required, "What it begins with; one of them has to match. A `!` in front excludes.") { Type = TfType.ListOf(TfType.Text) },
            ],
        },
        new("include_planned_deletion", Presence.Optional, "Whether those that wait for their deletion are found too.") { Type = TfType.Flag },
        new("names", Presence.Computed, "The names.") { Type = TfType.ListOf(TfType.Text) },
        new("arns", Presence.Computed, "The ARNs, in the same order.") { Type = TfType.ListOf(TfType.Text) },
        new("secrets", Presence.Computed, "The metadata, in the same order, as `secretsportal_secret` has it.")
        {
            Nesting = Nesting.List, Nested = [.. SecretDataSource.Shape.Attributes.Select(a => a with { Presence = Presence.Computed, Validators = [] })],
        },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secrets";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        data "secretsportal_secrets" "orders" {
          filter {
            name   = "name"
            values = ["prod/orders/"]
          }
          filter {
            name   = "tag-key"
            values = ["team"]
          }
        }
        """;

    /// <inheritdoc/>
    public override async Task<TfObject> ReadAsync(ResourceCall call, TfObject config)
    {
        var filters = (config["filter"] as TfSequence)?.Items.OfType<TfObject>()
            .Select(f => new ListFilter { Key = f.Text("name")!, Values = f.Texts("values") ?? [] }).ToList();
        var request = new ListSecretsRequest
        {
            Filters = filters is { Count: > 0 } ? filters : null, IncludePlannedDeletion = config.Flag("include_planned_deletion"),
        };
        var found = new List<DescribeSecretResponse>();
        do
        {
            var page = await call.Portal.ListSecretsAsync(request, call.Stop);
            found.AddRange(page.SecretList);
            request.NextToken = page.NextToken;
        }
        while (request.NextToken is not null);
        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return config
            .With("names", new TfSequence([.. found.Select(s => TfValue.Of(s.Name))]))
            .With("arns", new TfSequence([.. found.Select(s => TfValue.Of(s.Arn))]))
            .With("secrets", new TfSequence([.. found.Select(SecretDataSource.StateOf)]));
    }
}
