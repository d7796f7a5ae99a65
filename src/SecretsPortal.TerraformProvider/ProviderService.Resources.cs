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
                RefuseWriteOnly(resource.Schema, config, diagnostics);
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
            response.UpgradedState = JsonCodec.Decode(request.RawState.Json.Memory, schema.Type).ToWire(schema.Type);
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
            response.NewState = (await resource.ReadAsync(session.Portal, state, session.Stop) ?? TfValue.Null).ToWire(resource.Schema.Type);
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
            var draft = Planner.Draft(resource.Schema, request.PriorState.ToValue(type) as TfObject, request.Config.ToObject(type));
            resource.ModifyPlan(draft);
            response.PlannedState = draft.Planned.ToWire(type);
            response.RequiresReplace.AddRange(draft.ReplaceFor.Select(p => p.ToWire()));
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
            var portal = session.Portal;
            if (planned is null)
            {
                if (prior is not null)
                    await resource.DeleteAsync(portal, prior, session.Stop);
                response.NewState = TfValue.Null.ToWire(type);
                return;
            }

            var config = request.Config.ToObject(type);
            if (prior is null)
            {
                response.NewState = (await resource.CreateAsync(portal, planned, config, session.Stop)).ToWire(type);
                return;
            }

            try
            {
                response.NewState = (await resource.UpdateAsync(portal, prior, planned, config, session.Stop)).ToWire(type);
            }
            catch (Exception e) when (e is PortalApiException or DiagnosticException)
            {
                response.NewState = (await StateAfterFaultAsync(resource, portal, prior)).ToWire(type);
                throw;
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

            var state = await resource.ImportAsync(session.Portal, request.Id, session.Stop);
            response.ImportedResources.Add(new ImportResourceState.Types.ImportedResource
            {
                TypeName = request.TypeName, State = state.ToWire(resource.Schema.Type),
            });
        }));
        return response;
    }

    /// <summary>An update that failed half way has changed something: the state is read anew, or, where even that fails, left as it was.</summary>
    private async Task<TfObject> StateAfterFaultAsync(ManagedResource resource, PortalClient portal, TfObject prior)
    {
        try
        {
            return await resource.ReadAsync(portal, prior, session.Stop) ?? prior;
        }
        catch (PortalApiException)
        {
            return prior;
        }
    }

    /// <summary>A Terraform older than 1.11 would write the value into its state like any other.</summary>
    private static void RefuseWriteOnly(Schemas.Schema schema, TfObject config, Diagnostics diagnostics)
    {
        foreach (var attribute in schema.Attributes.Where(a => a.WriteOnly && !config[a.Name].IsNull))
        {
            diagnostics.Error("This Terraform does not know write-only attributes",
                $"It would store {attribute.Name} in its state. Use Terraform 1.11 or later.", Values.AttributePath.Of(attribute.Name));
        }
    }
}
