using System.Text.Json;
using Grpc.Core;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Protocol;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider;

// The calls about managed resources.
internal sealed partial class ProviderService
{
    /// <inheritdoc/>
    public override async Task<ValidateResourceConfig.Types.Response> ValidateResourceConfig(
        ValidateResourceConfig.Types.Request request, ServerCallContext context)
    {
        var response = new ValidateResourceConfig.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Checking {request.TypeName}", diagnostics =>
        {
            var resource = Find(Catalog.Resources, request.TypeName);
            var config = request.Config.ToObject(resource.Schema.Type);
            resource.Schema.Validate(config, diagnostics);
            resource.Validate(config, diagnostics);
            if (request.ClientCapabilities is not { WriteOnlyAttributesAllowed: true })
            {
                // A Terraform older than 1.11 would write the value into its state like any other.
                resource.Schema.VisitWriteOnly(config, path => diagnostics.Error("This Terraform does not know write-only attributes",
                    $"It would store {path} in its state. Use Terraform 1.11 or later.", path));
            }

            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<UpgradeResourceState.Types.Response> UpgradeResourceState(
        UpgradeResourceState.Types.Request request, ServerCallContext context)
    {
        var response = new UpgradeResourceState.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Reading the state of {request.TypeName}", diagnostics =>
        {
            var schema = Find(Catalog.Resources, request.TypeName).Schema;
            if (request.Version > schema.Version)
                throw new DiagnosticException("The state was written by a newer version of the provider", "Use that version, or a later one.");
            var state = JsonCodec.Decode(request.RawState.Json.Memory, schema.Type);
            if (request.Version < schema.Version && state is TfObject old)
            {
                // An attribute that came since has its default, or each resource of an old state would plan a change that is none.
                state = schema.Attributes.Where(a => a.Default is not null && old[a.Name].IsNull).Aggregate(old, (o, a) => o.With(a.Name, a.Default!));
            }

            response.UpgradedState = state.ToWire(schema.Type);
            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<MoveResourceState.Types.Response> MoveResourceState(MoveResourceState.Types.Request request, ServerCallContext context)
    {
        var response = new MoveResourceState.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Moving {request.SourceTypeName} to {request.TargetTypeName}", diagnostics =>
        {
            var resource = Find(Catalog.Resources, request.TargetTypeName);
            using var source = JsonDocument.Parse(request.SourceState.Json.Memory);
            var moved = resource.MoveFrom(request.SourceTypeName, source.RootElement)
                ?? throw new DiagnosticException($"{request.SourceTypeName} cannot become {request.TargetTypeName}",
                    "Take it out of the state with a removed block, and bring the portal's own under Terraform with an import block.");
            response.TargetState = moved.ToWire(resource.Schema.Type);
            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<ReadResource.Types.Response> ReadResource(ReadResource.Types.Request request, ServerCallContext context)
    {
        var response = new ReadResource.Types.Response { NewState = request.CurrentState, Private = request.Private };
        response.Diagnostics.AddRange(await GuardAsync($"Reading {request.TypeName}", async diagnostics =>
        {
            var resource = Find(Catalog.Resources, request.TypeName);
            if (Defers(request.ClientCapabilities))
            {
                response.Deferred = new Deferred { Reason = Deferred.Types.Reason.ProviderConfigUnknown };
                return;
            }

            if (session.AwaitsConfiguration)
            {
                diagnostics.Warning($"{request.TypeName} was not refreshed",
                    "The provider's configuration depends on values that are known only after apply, so the state stands as it was.");
                return;
            }

            var state = request.CurrentState.ToObject(resource.Schema.Type);
            using var limit = Timeouts.Limit(state, "read", session.Stop);
            var call = new ResourceCall(session.Portal, new PrivateState(request.Private), diagnostics, limit.Token);
            response.NewState = (await resource.ReadAsync(call, state) ?? TfValue.Null).ToWire(resource.Schema.Type);
            response.Private = call.Private.ToBytes();
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<PlanResourceChange.Types.Response> PlanResourceChange(
        PlanResourceChange.Types.Request request, ServerCallContext context)
    {
        var response = new PlanResourceChange.Types.Response { PlannedState = request.ProposedNewState, PlannedPrivate = request.PriorPrivate };
        response.Diagnostics.AddRange(await GuardAsync($"Planning {request.TypeName}", diagnostics =>
        {
            var resource = Find(Catalog.Resources, request.TypeName);
            var type = resource.Schema.Type;
            // A destruction is planned as it was proposed: as null.
            if (request.ProposedNewState.ToValue(type).IsNull)
                return Task.CompletedTask;
            if (Defers(request.ClientCapabilities))
                response.Deferred = new Deferred { Reason = Deferred.Types.Reason.ProviderConfigUnknown };
            var draft = Planner.Draft(resource.Schema, request.PriorState.ToValue(type) as TfObject, request.Config.ToObject(type));
            var call = new ResourceCall(session.PortalOrNull, new PrivateState(request.PriorPrivate), diagnostics, session.Stop);
            resource.ModifyPlan(draft, call);
            response.PlannedState = draft.Planned.ToWire(type);
            response.RequiresReplace.AddRange(draft.ReplaceFor.Select(p => p.ToWire()));
            response.PlannedPrivate = call.Private.ToBytes();
            return Task.CompletedTask;
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<ApplyResourceChange.Types.Response> ApplyResourceChange(
        ApplyResourceChange.Types.Request request, ServerCallContext context)
    {
        // Until the change has succeeded the state is what it was; Terraform stores what stands here even beside an error.
        var response = new ApplyResourceChange.Types.Response { NewState = request.PriorState, Private = request.PlannedPrivate };
        response.Diagnostics.AddRange(await GuardAsync($"Applying {request.TypeName}", async diagnostics =>
        {
            var resource = Find(Catalog.Resources, request.TypeName);
            var type = resource.Schema.Type;
            var prior = request.PriorState.ToValue(type) as TfObject;
            var planned = request.PlannedState.ToValue(type) as TfObject;
            using var limit = Timeouts.Limit(planned ?? prior, planned is null ? "delete" : prior is null ? "create" : "update", session.Stop);
            var call = new ResourceCall(session.Portal, new PrivateState(request.PlannedPrivate), diagnostics, limit.Token);
            try
            {
                response.NewState = (await ApplyAsync(resource, call, prior, planned, request.Config.ToValue(type) as TfObject)).ToWire(type);
                response.Private = call.Private.ToBytes();
            }
            catch (Exception e) when (e is PortalApiException or DiagnosticException)
            {
                if (prior is null && call.Begun is { } begun)
                    response.NewState = begun.ToWire(type);
                else if (prior is not null && planned is not null)
                    response.NewState = (await StateAfterFaultAsync(resource, call, prior)).ToWire(type);
                throw e is PortalApiException fault && resource.PathOf(fault) is { } path ? fault.For($"Applying {request.TypeName}", path) : e;
            }
        }));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<ImportResourceState.Types.Response> ImportResourceState(
        ImportResourceState.Types.Request request, ServerCallContext context)
    {
        var response = new ImportResourceState.Types.Response();
        response.Diagnostics.AddRange(await GuardAsync($"Importing {request.TypeName} {request.Id}", async diagnostics =>
        {
            var resource = Find(Catalog.Resources, request.TypeName);
            if (Defers(request.ClientCapabilities))
            {
                response.Deferred = new Deferred { Reason = Deferred.Types.Reason.ProviderConfigUnknown };
                return;
            }

            var call = new ResourceCall(session.Portal, new PrivateState(), diagnostics, session.Stop);
            var state = await resource.ImportAsync(call, request.Id);
            response.ImportedResources.Add(new ImportResourceState.Types.ImportedResource
            {
                TypeName = request.TypeName, State = state.ToWire(resource.Schema.Type), Private = call.Private.ToBytes(),
            });
        }));
        return response;
    }

    private static async Task<TfValue> ApplyAsync(ManagedResource resource, ResourceCall call, TfObject? prior, TfObject? planned, TfObject? config)
    {
        if (planned is not null)
        {
            return prior is null
                ? await resource.CreateAsync(call, planned, config ?? planned)
                : await resource.UpdateAsync(call, prior, planned, config ?? planned);
        }

        if (prior is not null)
            await resource.DeleteAsync(call, prior);
        return TfValue.Null;
    }

    /// <summary>An update that failed half way has changed something: the state is read anew, or, where even that fails, left as it was.</summary>
    private static async Task<TfObject> StateAfterFaultAsync(ManagedResource resource, ResourceCall call, TfObject prior)
    {
        try
        {
            return await resource.ReadAsync(call, prior) ?? prior;
        }
        catch (PortalApiException)
        {
            return prior;
        }
    }
}
