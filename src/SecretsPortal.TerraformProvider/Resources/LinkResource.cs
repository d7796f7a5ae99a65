using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Something that belongs to one of several kinds of holders: <c>PUT</c> links the two, <c>DELETE</c> parts them.</summary>
internal abstract class LinkResource : ManagedResource
{
    private const char Separator = '/';

    /// <summary>The attributes that may name the holder, of which one is set; the API's collections are their plurals.</summary>
    protected abstract IReadOnlyList<string> Holders { get; }

    /// <summary>The attribute that names what is linked to the holder.</summary>
    protected abstract string Linked { get; }

    /// <summary>The member of the holder that lists what is linked to it.</summary>
    protected abstract string ListedUnder { get; }

    /// <summary>The path of the link, from the holder's kind and name and what is linked to it.</summary>
    protected abstract string PathOf(string holder, string name, string linked);

    /// <inheritdoc/>
    public override string ImportId => $"`{string.Join("` or `", Holders.Select(h => $"{h}{Separator}NAME{Separator}{Linked.ToUpperInvariant()}"))}`";

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        var set = Holders.Where(h => !config[h].IsNull).ToList();
        if (set.Count == 0)
            diagnostics.Error($"No {string.Join(" or ", Holders)}", $"Set one of {string.Join(", ", Holders)}.", AttributePath.Of(Holders[0]));
        if (set.Count > 1)
            diagnostics.Error("Too many holders", $"Set one of {string.Join(", ", Holders)} and no more.", AttributePath.Of(set[1]));
    }

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(ResourceCall call, TfObject state)
    {
        var (holder, name) = HolderOf(state);
        var found = await call.Portal.FindAdminAsync($"/{holder}s/{Uri.EscapeDataString(name)}", call.Stop);
        return found?.GetProperty(ListedUnder).EnumerateArray().Any(l => l.GetString() == state.Text(Linked)) == true ? state : null;
    }

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        var (holder, name) = HolderOf(planned);
        var linked = planned.Text(Linked)!;
        await call.Portal.AdminAsync(HttpMethod.Put, PathOf(holder, Uri.EscapeDataString(name), Uri.EscapeDataString(linked)), body: null, call.Stop);
        return planned.With("id", TfValue.Of(string.Join(Separator, holder, name, linked)));
    }

    /// <inheritdoc/>
    public override Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config) =>
        throw new InvalidOperationException("A link has nothing that could be changed in place.");

    /// <inheritdoc/>
    public override async Task DeleteAsync(ResourceCall call, TfObject state)
    {
        var (holder, name) = HolderOf(state);
        try
        {
            await call.Portal.AdminAsync(
                HttpMethod.Delete, PathOf(holder, Uri.EscapeDataString(name), Uri.EscapeDataString(state.Text(Linked)!)), body: null, call.Stop);
        }
        catch (PortalApiException e) when (e.IsNotFound)
        {
            // Without one of the two there is no link either.
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(ResourceCall call, string id)
    {
        if (id.Split(Separator) is not [var holder, { Length: > 0 } name, { Length: > 0 } linked] || !Holders.Contains(holder))
            throw new DiagnosticException("Invalid import id", $"It must be {ImportId.Replace("`", "", StringComparison.Ordinal)}.");
        var state = TfObject.Empty.With("id", TfValue.Of(id)).With(holder, TfValue.Of(name)).With(Linked, TfValue.Of(linked));
        return await ReadAsync(call, state)
            ?? throw new DiagnosticException($"There is no link {id}", $"The {holder} {name} does not exist, or has no {Linked} {linked}.");
    }

    /// <summary>The schema: the linked one, the holders and the id.</summary>
    protected static Schema SchemaOf(string description, string linked, string linkedDescription, IReadOnlyList<(string Name, string Description)> holders) => new(0, description,
    [
        new(linked, Presence.Required, linkedDescription) { Type = TfType.Text, ReplaceOnChange = true, Validators = [Validators.PortalName] },
        .. holders.Select(h => new SchemaAttribute(h.Name, Presence.Optional, h.Description)
        {
            Type = TfType.Text, ReplaceOnChange = true, Validators = [Validators.PortalName],
        }),
        AdminAttributes.Id("Both names, as an import takes them."),
    ]);

    private (string Holder, string Name) HolderOf(TfObject state) =>
        Holders.FirstOrDefault(h => state.Text(h) is not null) is { } holder
            ? (holder, state.Text(holder)!)
            : throw new DiagnosticException($"No {string.Join(" or ", Holders)}", $"None of {string.Join(", ", Holders)} has a value: what was unknown at the plan turned out to be null.",
                AttributePath.Of(Holders[0]));
}

/// <summary><c>secretsportal_policy_attachment</c>: a policy of a user, client or group.</summary>
internal sealed class PolicyAttachmentResource : LinkResource
{
    private static readonly Schema s_schema = SchemaOf("Attaches an identity policy to a user, a client or a group.", "policy", "The policy's name.",
        [("client", "The client's name. One of the three."), ("group", "The group's name. One of the three."), ("user", "The user's name. One of the three.")]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_policy_attachment";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_policy_attachment" "orders" {
          policy = "read-orders"
          client = secretsportal_client.orders.name
        }
        """;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Holders { get; } = ["client", "group", "user"];

    /// <inheritdoc/>
    protected override string Linked => "policy";

    /// <inheritdoc/>
    protected override string ListedUnder => "policies";

    /// <inheritdoc/>
    protected override string PathOf(string holder, string name, string linked) => $"/{holder}s/{name}/policies/{linked}";
}

/// <summary><c>secretsportal_group_membership</c>: a user or client in a group.</summary>
internal sealed class GroupMembershipResource : LinkResource
{
    private static readonly Schema s_schema = SchemaOf("Takes a user or a client into a group.", "group", "The group's name.",
        [("client", "The client's name. This or `user`."), ("user", "The user's name. This or `client`.")]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_group_membership";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_group_membership" "orders" {
          group  = secretsportal_group.backend.name
          client = secretsportal_client.orders.name
        }
        """;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Holders { get; } = ["client", "user"];

    /// <inheritdoc/>
    protected override string Linked => "group";

    /// <inheritdoc/>
    protected override string ListedUnder => "groups";

    /// <inheritdoc/>
    protected override string PathOf(string holder, string name, string linked) => $"/groups/{linked}/{holder}s/{name}";
}
