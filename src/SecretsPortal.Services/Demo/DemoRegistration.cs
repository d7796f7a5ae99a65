using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Rotation.Rotators;

namespace SecretsPortal.Services.Demo;

/// <summary>Wires a demonstration: everything is the portal's own but for the clock while the history is filled in, and what is rotated.</summary>
public static class DemoRegistration
{
    /// <summary>To be called after everything else was added, the host's <see cref="IRotationQueue"/> too.</summary>
    /// <param name="services">What the host has.</param>
    /// <param name="isFilled">True where the store was filled by a start before: there is no history to tell then.</param>
    public static IServiceCollection AddDemo(this IServiceCollection services, bool isFilled = false)
    {
        var clock = new DemoClock(isFilled);
        var targets = new DemoTargets(clock);
        services.AddSingleton(clock);
        services.AddSingleton(targets);
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
        Wrap<IRotator>(services, (_, real) => real() is var rotator && rotator is GenerateRotator ? rotator : new DemoRotator(rotator, targets));
        Wrap<IFunctionInvoker>(services, (s, real) => new DemoFunctions(real(), clock, s));
        Wrap<IPortalAddress>(services, (_, real) => new Address(real()));
        services.AddSingleton(s => (DemoQueue)s.Get<IRotationQueue>());
        Wrap<IRotationQueue>(services, (_, real) => new DemoQueue(real, clock));
        services.AddSingleton(s => new DemoFill(s, clock, targets, s.Get<DemoQueue>()));
        return services;
    }

    private static void Wrap<T>(IServiceCollection services, Func<IServiceProvider, Func<T>, T> wrap) where T : class
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is not { IsKeyedService: false } found || found.ServiceType != typeof(T))
                continue;
            services[i] = ServiceDescriptor.Singleton(s => wrap(s, () => (T)(found.ImplementationInstance
                ?? found.ImplementationFactory?.Invoke(s) ?? ActivatorUtilities.CreateInstance(s, found.ImplementationType!))));
        }
    }

    /// <summary>While the history is filled in the portal does not listen yet, and nobody calls it.</summary>
    private sealed class Address(IPortalAddress real) : IPortalAddress
    {
        public Uri? Loopback => real.Loopback ?? new Uri("http://127.0.0.1");
    }
}
