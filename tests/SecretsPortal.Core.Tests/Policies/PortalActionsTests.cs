using System.Reflection;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class PortalActionsTests
{
    [Theory]
    [InlineData(typeof(PortalActions), "secretsportal")]
    [InlineData(typeof(SecretActions), "secretsmanager")]
    public void Each_constant_is_the_action_of_its_name(Type actions, string service)
    {
        var constants = actions.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).ToList();

        Assert.All(constants, c => Assert.Equal($"{service}:{c.Name}", c.GetRawConstantValue()));
        Assert.All(constants, c => Assert.Contains((string)c.GetRawConstantValue()!, PortalActions.Known));
    }

    [Fact]
    public void The_list_holds_the_23_operations_and_each_action_once()
    {
        Assert.Equal(23, SecretActions.All.Count);
        Assert.Equal(PortalActions.Known.Count, PortalActions.Known.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Subset(PortalActions.All.ToHashSet(), PortalActions.OwnAccount.ToHashSet());
    }
}
