using Grpc.Core;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Protocol;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider;

/// <summary>
/// The provider's services as Terraform calls them: decode, one call, encode. A fault is answered as a diagnostic, never as a failed
/// call, which Terraform would show as a crash. The one call that is missing here (renewal of what is ephemeral) answers unimplemented, and
/// Terraform does not make it: nothing of ours says that it has to be renewed.
/// </summary>
internal sealed partial class ProviderService(ProviderSession session, ILogger<ProviderService> logger) : Provider.ProviderBase
{
    private static readonly ServerCapabilities s_capabilities = new() { PlanDestroy = true, GetProviderSchemaOptional = true, MoveResourceState = true };

    /// <inheritdoc/>
    public override Task<GetMetadata.Types.Response> GetMetadata(GetMetadata.Types.Request request, ServerCallContext context)
    {
        var response = new GetMetadata.Types.Response { ServerCapabilities = s_capabilities };
        response.Resources.AddRange(Catalog.Resources.Keys.Select(n => new GetMetadata.Types.ResourceMetadata { TypeName = n }));
        response.DataSources.AddRange(Catalog.DataSources.Keys.Select(n => new GetMetadata.Types.DataSourceMetadata { TypeName = n }));
        response.EphemeralResources.AddRange(Catalog.EphemeralResources.Keys.Select(n => new GetMetadata.Types.EphemeralMetadata { TypeName = n }));
        response.Functions.AddRange(Catalog.Functions.Keys.Select(n => new GetMetadata.Types.FunctionMetadata { Name = n }));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<GetProviderSchema.Types.Response> GetProviderSchema(GetProviderSchema.Types.Request request, ServerCallContext context)
    {
        var response = new GetProviderSchema.Types.Response
        {
            Provider = ProviderConfiguration.Schema.ToWire(), ServerCapabilities = s_capabilities,
        };
        foreach (var (name, resource) in Catalog.Resources)
            response.ResourceSchemas.Add(name, resource.Schema.ToWire());
        foreach (var (name, source) in Catalog.DataSources)
            response.DataSourceSchemas.Add(name, source.Schema.ToWire());
        foreach (var (name, resource) in Catalog.EphemeralResources)
            response.EphemeralResourceSchemas.Add(name, resource.Schema.ToWire());
        foreach (var (name, function) in Catalog.Functions)
            response.Functions.Add(name, function.ToWire());
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<GetFunctions.Types.Response> GetFunctions(GetFunctions.Types.Request request, ServerCallContext context)
    {
        var response = new GetFunctions.Types.Response();
        foreach (var (name, function) in Catalog.Functions)
            response.Functions.Add(name, function.ToWire());
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<CallFunction.Types.Response> CallFunction(CallFunction.Types.Request request, ServerCallContext context)
    {
        var response = new CallFunction.Types.Response();
        try
        {
            var function = Find(Catalog.Functions, request.Name);
            var arguments = function.Parameters.Select((p, i) => request.Arguments[i].ToValue(p.Type)).ToList();
            response.Result = function.Call(arguments).ToWire(function.ReturnType);
        }
        catch (FunctionArgumentException e)
        {
            response.Error = new FunctionError { Text = e.Message, FunctionArgument = e.Argument };
        }
        catch (Exception e)
        {
            var entry = ToEntry($"The function {request.Name}", e);
            response.Error = new FunctionError { Text = $"{entry.Summary}: {entry.Detail}" };
        }

        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override async Task<ValidateProviderConfig.Types.Response> ValidateProviderConfig(
        ValidateProviderConfig.Types.Request request, ServerCallContext context)
    {
        var response = new ValidateProviderConfig.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync("Checking the provider block", diagnostics =>
        {
            var schema = ProviderConfiguration.Schema;
            schema.Validate(request.Config.ToObject(schema.Type), diagnostics);
            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<ConfigureProvider.Types.Response> ConfigureProvider(ConfigureProvider.Types.Request request, ServerCallContext context)
    {
        var response = new ConfigureProvider.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync("Configuring the provider", diagnostics =>
        {
            session.Configure(request.Config.ToObject(ProviderConfiguration.Schema.Type), diagnostics);
            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<ValidateDataResourceConfig.Types.Response> ValidateDataResourceConfig(
        ValidateDataResourceConfig.Types.Request request, ServerCallContext context)
    {
        var response = new ValidateDataResourceConfig.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Checking {request.TypeName}", diagnostics =>
        {
            var source = Find(Catalog.DataSources, request.TypeName);
            var config = request.Config.ToObject(source.Schema.Type);
            source.Schema.Validate(config, diagnostics);
            source.Validate(config, diagnostics);
            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<ReadDataSource.Types.Response> ReadDataSource(ReadDataSource.Types.Request request, ServerCallContext context)
    {
        var response = new ReadDataSource.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Reading {request.TypeName}", async diagnostics =>
        {
            var source = Find(Catalog.DataSources, request.TypeName);
            var config = request.Config.ToObject(source.Schema.Type);
            if (source.NeedsPortal && Defers(request.ClientCapabilities))
            {
                response.State = config.ToWire(source.Schema.Type);
                response.Deferred = new Deferred { Reason = Deferred.Types.Reason.ProviderConfigUnknown };
                return;
            }

            var call = new ResourceCall(source.NeedsPortal ? session.Portal : null, new PrivateState(), diagnostics, session.Stop);
            response.State = (await source.ReadAsync(call, config)).ToWire(source.Schema.Type);
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<ValidateEphemeralResourceConfig.Types.Response> ValidateEphemeralResourceConfig(
        ValidateEphemeralResourceConfig.Types.Request request, ServerCallContext context)
    {
        var response = new ValidateEphemeralResourceConfig.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Checking {request.TypeName}", diagnostics =>
        {
            var resource = Find(Catalog.EphemeralResources, request.TypeName);
            var config = request.Config.ToObject(resource.Schema.Type);
            resource.Schema.Validate(config, diagnostics);
            resource.Validate(config, diagnostics);
            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<OpenEphemeralResource.Types.Response> OpenEphemeralResource(
        OpenEphemeralResource.Types.Request request, ServerCallContext context)
    {
        var response = new OpenEphemeralResource.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Opening {request.TypeName}", async diagnostics =>
        {
            var resource = Find(Catalog.EphemeralResources, request.TypeName);
            var config = request.Config.ToObject(resource.Schema.Type);
            if (resource.NeedsPortal && Defers(request.ClientCapabilities))
            {
                response.Result = config.ToWire(resource.Schema.Type);
                response.Deferred = new Deferred { Reason = Deferred.Types.Reason.ProviderConfigUnknown };
                return;
            }

            var call = new ResourceCall(resource.NeedsPortal ? session.Portal : null, new PrivateState(), diagnostics, session.Stop);
            response.Result = (await resource.OpenAsync(call, config)).ToWire(resource.Schema.Type);
        }));
        return response;
    }

    /// <inheritdoc/>
    public override Task<CloseEphemeralResource.Types.Response> CloseEphemeralResource(
        CloseEphemeralResource.Types.Request request, ServerCallContext context) =>
        Task.FromResult(new CloseEphemeralResource.Types.Response());

    /// <inheritdoc/>
    public override Task<StopProvider.Types.Response> StopProvider(StopProvider.Types.Request request, ServerCallContext context)
    {
        session.RequestStop();
        return Task.FromResult(new StopProvider.Types.Response());
    }

    private static T Find<T>(IReadOnlyDictionary<string, T> catalog, string typeName) => catalog.TryGetValue(typeName, out var found)
        ? found
        : throw new DiagnosticException($"Unknown type {typeName}", "This version of the provider does not have it: is the provider's version the one you want?");

    private bool Defers(ClientCapabilities? client) => session.AwaitsConfiguration && client is { DeferralAllowed: true };

    /// <summary>Runs one call and turns what goes wrong into diagnostics.</summary>
    private async Task<IEnumerable<Diagnostic>> GuardAsync(string what, Func<Diagnostics, Task> call)
    {
        var diagnostics = new Diagnostics();
        try
        {
            await call(diagnostics);
        }
        catch (Exception e)
        {
            diagnostics.Add(ToEntry(what, e));
        }

        return diagnostics.ToWire();
    }

    private DiagnosticEntry ToEntry(string what, Exception e)
    {
        switch (e)
        {
            case DiagnosticException diagnostic:
                return diagnostic.Entry;
            case PortalApiException portal:
                return portal.For(what).Entry;
            case ValueFormatException:
                return new DiagnosticEntry(true, $"{what} failed", e.Message, Path: null);
            default:
                // The message of an exception that nobody foresaw may quote anything, so only its kind and place are told.
                LogBug(what, e.GetType().FullName ?? "?", e.StackTrace ?? "");
                return new DiagnosticEntry(true, $"{what} failed",
                    $"The provider met a fault of its own ({e.GetType().Name}). Run again with TF_LOG_PROVIDER=ERROR for the place, and report it.", Path: null);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{What} failed with {Exception} at {Place}")]
    private partial void LogBug(string what, string exception, string place);
}
