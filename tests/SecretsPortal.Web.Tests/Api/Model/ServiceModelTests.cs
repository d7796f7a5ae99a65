using System.Reflection;
using SecretsPortal.Core;
using SecretsPortal.Web.Api;

namespace SecretsPortal.Web.Tests.Api.Model;

/// <summary>Nothing of the service's model is forgotten: each operation, each member of its request and its response, each error.</summary>
public sealed class ServiceModelTests
{
    // What the portal never says, and why.
    private static readonly HashSet<string> s_neverSaid =
    [
        "DescribeSecret.OwningService", "ListSecrets.SecretList.OwningService", // No secret of the portal is managed by another service.
    ];

    private static readonly Assembly s_web = typeof(PortalHost).Assembly;

    public static TheoryData<string> Operations => [.. ServiceModel.Instance.Operations.Keys];

    [Fact]
    public void The_model_has_its_23_operations() => Assert.Equal(23, ServiceModel.Instance.Operations.Count);

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_member_of_a_request_is_read(string operation)
    {
        var input = s_web.GetType($"SecretsPortal.Web.Api.Operations.{operation}Input");
        Assert.NotNull(input);
        Assert.Empty(Missing(operation, input, ServiceModel.Instance.Operations[operation].Request));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_member_of_a_response_can_be_said(string operation)
    {
        var response = ServiceModel.Instance.Operations[operation].Response;
        var output = s_web.GetType($"SecretsPortal.Web.Api.Operations.{operation}Output");
        if (output is not null)
            Assert.Empty(Missing(operation, output, response).Except(s_neverSaid));
        else
            Assert.Empty(response);
    }

    [Fact]
    public void Every_error_of_the_model_is_in_the_table()
    {
        var known = Enum.GetValues<PortalError>().Select(error => AwsErrors.Of(error).Type).ToHashSet();
        Assert.Empty(ServiceModel.Instance.Operations.Values.SelectMany(o => o.Errors).Distinct().Except(known));
    }

    private static IEnumerable<string> Missing(string path, Type type, IEnumerable<ModelMember> members)
    {
        foreach (var member in members)
        {
            var name = $"{path}.{member.Name}";
            if (type.GetProperty(member.Name)?.PropertyType is not { } property)
                yield return name;
            else if (StructureOf(member.Type) is { } structure)
                foreach (var nested in Missing(name, ElementOf(property), structure.Members))
                    yield return nested;
        }
    }

    private static ModelType? StructureOf(ModelType type) => type.Kind switch
    {
        ModelKind.Structure => type,
        ModelKind.List => StructureOf(type.Element!),
        _ => null,
    };

    private static Type ElementOf(Type type) => type.IsGenericType ? type.GetGenericArguments()[^1] : type;
}
