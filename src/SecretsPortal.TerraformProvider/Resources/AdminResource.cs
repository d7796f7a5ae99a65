using System.Text.Json;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// A resource of the administration API, told by its schema alone: <c>POST</c> to the collection makes it, <c>GET</c>, <c>PUT</c> and
/// <c>DELETE</c> of the one that its key names do the rest. Where the API differs, a resource says so.
/// </summary>
internal abstract class AdminResource : ManagedResource
{
    /// <summary>Where the resources lie below <c>/api/v1</c>, such as <c>/groups</c>.</summary>
    protected abstract string Collection { get; }

    /// <summary>The attribute that names one in a path.</summary>
    protected virtual string Key => "name";

    /// <inheritdoc/>
    public override string ImportId => $"its {Key}";

    /// <summary>Corrects what was read from an answer.</summary>
    protected virtual TfObject Complete(TfObject state, JsonElement answer) => state;

    /// <summary>Whether what the portal shows is gone for Terraform.</summary>
    protected virtual bool IsGone(JsonElement answer) => false;

    /// <summary>The path of one.</summary>
    protected string PathOf(string key) => $"{Collection}/{Uri.EscapeDataString(key)}";

    /// <summary>The path of the one that a state is of.</summary>
    protected virtual string PathOf(TfObject state) => PathOf(state.Text(Key)!);

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(ResourceCall call, TfObject state) =>
        await call.Portal.FindAdminAsync(PathOf(state), call.Stop) is { } found && !IsGone(found) ? StateOf(found, state) : null;

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        try
        {
            var answer = await call.Portal.AdminAsync(HttpMethod.Post, Collection, BodyToCreate(planned, config), call.Stop);
            return await SettleAsync(call, StateOf(answer!.Value, planned), planned, config);
        }
        catch (PortalApiException e) when (e.IsTaken && planned.Text(Key) is { } name)
        {
            if (await FindInterruptedAsync(call, planned) is { } interrupted)
            {
                Interrupted.Warn(call, $"{Title} {name}");
                return interrupted;
            }

            throw new DiagnosticException($"{Title} {name} exists already",
                $"Bring it under Terraform with an import block (import {{ to = …  id = \"{name}\" }}), or choose another {Key}.", AttributePath.Of(Key));
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        var changeable = Schema.Attributes.Where(a => !a.ReplaceOnChange);
        var answer = await call.Portal.AdminAsync(HttpMethod.Put, PathOf(prior), AdminJson.Write(changeable, planned, config), call.Stop);
        return StateOf(answer!.Value, planned);
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(ResourceCall call, TfObject state)
    {
        try
        {
            await call.Portal.AdminAsync(HttpMethod.Delete, PathOf(state), body: null, call.Stop);
        }
        catch (PortalApiException e) when (e.IsNotFound)
        {
            // Somebody was faster.
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(ResourceCall call, string id)
    {
        var defaults = Schema.Attributes.Where(a => a.Default is not null).Aggregate(TfObject.Empty, (o, a) => o.With(a.Name, a.Default!));
        return await call.Portal.FindAdminAsync(PathOf(id), call.Stop) is { } found && !IsGone(found)
            ? StateOf(found, defaults)
            : throw new DiagnosticException($"There is no {Title.ToLowerInvariant()} {id}", $"The portal knows none of that {Key} in the provider's region.");
    }

    /// <summary>What a creation sends.</summary>
    protected byte[] BodyToCreate(TfObject planned, TfObject config, params IEnumerable<SchemaAttribute> more) =>
        AdminJson.Write([.. Schema.Attributes.Where(a => !a.ChangesOnly), .. more], planned, config);

    /// <summary>After a creation: changes what the API takes in a change only. What only the creation's answer tells stays as it was made.</summary>
    protected async Task<TfObject> SettleAsync(ResourceCall call, TfObject made, TfObject planned, TfObject config)
    {
        call.Begun = made;
        planned = Schema.Attributes.Where(a => planned[a.Name].IsUnknown).Aggregate(planned, (o, a) => o.With(a.Name, made[a.Name]));
        return Schema.Attributes.Any(a => a.ChangesOnly && planned[a.Name].IsKnown && !planned[a.Name].Equals(made[a.Name]))
            ? await UpdateAsync(call, made, planned, config)
            : made;
    }

    private async Task<TfObject?> FindInterruptedAsync(ResourceCall call, TfObject planned)
    {
        if (await call.Portal.FindAdminAsync(PathOf(planned), call.Stop) is not { } found || IsGone(found)
            || !found.TryGetProperty("createdAt", out var createdAt) || !Interrupted.IsLately(call, createdAt.GetDateTimeOffset()))
            return null;
        var state = StateOf(found, planned);
        return Schema.Attributes.All(a => planned[a.Name].IsUnknown || planned[a.Name].Equals(state[a.Name])) ? state : null;
    }

    /// <summary>The state that an answer tells.</summary>
    protected TfObject StateOf(JsonElement answer, TfObject known) => Complete(AdminJson.Read(Schema.Attributes, answer, known), answer);

    /// <summary>What the resource is called in sentences.</summary>
    private string Title
    {
        get
        {
            var words = TypeName["secretsportal_".Length..].Replace('_', ' ');
            return char.ToUpperInvariant(words[0]) + words[1..];
        }
    }
}
