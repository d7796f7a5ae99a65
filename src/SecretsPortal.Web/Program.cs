using SecretsPortal.Web;

return await PortalHost.Run(args);
